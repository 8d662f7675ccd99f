#include "exchange/weight_export.h"

#include "exchange/carried_facts.h"
#include "formats/npz.h"
#include "formats/safetensors.h"
#include "model/custom_layers.h"
#include "model/dense_arrays.h"
#include "model/picture_layers.h"
#include "model/state_arrays.h"

#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace scrawl {
namespace {

/// Named arrays and the values that they borrow.
class Arrays {
 public:
  void add(std::string name, std::vector<std::size_t> shape, std::vector<float> values) {
    values_.push_back(std::move(values));
    tensors_.push_back(float_tensor(std::move(name), std::move(shape), values_.back()));
  }
  const std::vector<TensorView>& tensors() const { return tensors_; }

 private:
  std::deque<std::vector<float>> values_;  // does not move what it holds
  std::vector<TensorView> tensors_;
};

/// Where torch.nn.Sequential has the layers of a model: a dense layer that flattens what layers made of a
/// picture has an nn.Flatten before it there, and a global mean, nn.AdaptiveAvgPool2d(1), one behind it.
std::vector<std::size_t> torch_places(const ModelSpec& spec) {
  const auto shapes = infer_shapes(spec);
  std::vector<std::size_t> places;
  places.reserve(spec.layers.size());
  std::size_t place = 0;
  bool in_picture = false;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    const Shape& input = i == 0 ? spec.input : shapes[i - 1];
    const bool is_global = std::holds_alternative<GlobalAveragePool>(layer);
    const bool flattens = takes_vector(layer, input) || std::holds_alternative<Flatten>(layer);
    if (takes_vector(layer, input) && in_picture) ++place;
    places.push_back(place++);
    if (is_global) ++place;
    in_picture = !is_global && !flattens && (in_picture || takes_picture(layer, input));
  }
  return places;
}

/// The arrays of each layer by the names of NumPy tutorials. A kind that is forgotten does not compile.
struct NumpyArrays {
  const Network& network;
  Arrays& arrays;
  std::size_t weighted = 0;
  std::size_t norms = 0;

  void add(const Dense&, std::size_t layer) {
    auto [inputs, outputs, weight, bias] = dense_arrays(network, layer);
    put({inputs, outputs}, std::move(weight), std::move(bias));
  }
  void add(const Conv2d& conv, std::size_t layer) {
    auto [inputs, outputs, weight, bias] = dense_arrays(network, layer);
    const std::size_t channels = inputs / (conv.kernel_height * conv.kernel_width);
    put({outputs, channels, conv.kernel_height, conv.kernel_width}, transposed(weight, inputs, outputs),
        std::move(bias));
  }
  void add(const BatchNorm&, std::size_t layer) {
    auto [weight, bias, mean, variance] = norm_arrays(network, layer);
    const std::string number = std::to_string(++norms);
    const std::vector<std::size_t> shape = {weight.size()};
    arrays.add("gamma" + number, shape, std::move(weight));
    arrays.add("beta" + number, shape, std::move(bias));
    arrays.add("moving_mean" + number, shape, std::move(mean));
    arrays.add("moving_var" + number, shape, std::move(variance));
  }
  void add(const Sigmoid&, std::size_t) {}
  void add(const Relu&, std::size_t) {}
  void add(const Tanh&, std::size_t) {}
  void add(const LeakyRelu&, std::size_t) {}
  void add(const Silu&, std::size_t) {}
  void add(const MaxPool&, std::size_t) {}
  void add(const AveragePool&, std::size_t) {}
  void add(const GlobalAveragePool&, std::size_t) {}
  void add(const Dropout&, std::size_t) {}
  void add(const Flatten&, std::size_t) {}
  void add(const CustomLayer& layer, std::size_t) { refuse_to_export(layer); }

 private:
  void put(std::vector<std::size_t> shape, std::vector<float> weight, std::vector<float> bias) {
    const std::string number = std::to_string(++weighted);
    const std::size_t outputs = bias.size();
    arrays.add("W" + number, std::move(shape), std::move(weight));
    if (!bias.empty()) arrays.add("b" + number, {outputs}, std::move(bias));
  }
};

}  // namespace

Bytes encode_state_dict(const Member& member) {
  Arrays arrays;
  const auto places = torch_places(member.network.spec());
  const auto name_of = [&](const std::string& name) {
    return std::to_string(places[std::stoul(name)]) + name.substr(name.find('.'));
  };
  for (const auto& info : member.network.parameter_infos())
    arrays.add(name_of(info.name), info.shape, copy_parameter(member.network, info));
  for (const auto& info : state_infos(member.network.spec()))
    arrays.add(name_of(info.name), info.shape, copy_state(member.network, info));
  return encode_safetensors(
      state_dict_metadata(member.network.spec(), member.info.preprocessing, member.info.classes),
      arrays.tensors());
}

Bytes encode_numpy_arrays(const Member& member) {
  Arrays arrays;
  NumpyArrays visitor{member.network, arrays};
  const auto& layers = member.network.spec().layers;
  for (std::size_t i = 0; i < layers.size(); ++i)
    std::visit([&](const auto& layer) { visitor.add(layer, i); }, layers[i]);
  const auto& [divisor, factor, offset, mean, deviation, whitening] = member.info.preprocessing;
  const std::size_t pixels = member.network.inputs();
  const Preprocessing usual;
  if (divisor != usual.divisor) arrays.add("divisor", {}, {divisor});
  if (factor != usual.factor) arrays.add("factor", {}, {factor});
  if (offset != usual.offset) arrays.add("offset", {}, {offset});
  if (!mean.empty()) arrays.add("mean", {mean.size()}, mean);
  if (!deviation.empty()) arrays.add("deviation", {deviation.size()}, deviation);
  if (!whitening.empty()) arrays.add("whitening", {pixels, pixels}, whitening);
  return encode_npz(arrays.tensors());
}

}  // namespace scrawl
