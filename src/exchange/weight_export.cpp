#include "exchange/weight_export.h"

#include "exchange/carried_facts.h"
#include "formats/npy.h"
#include "formats/safetensors.h"
#include "model/dense_arrays.h"
#include "model/state_arrays.h"
#include "nn/layer_kinds.h"
#include "nn/layers.h"

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
/// picture has an nn.Flatten before it there, and a global mean, nn.AdaptiveAvgPool2d(1), one after it.
std::vector<std::size_t> torch_places(const ModelSpec& spec) {
  const auto shapes = infer_shapes(spec);
  std::vector<std::size_t> places;
  places.reserve(spec.layers.size());
  std::size_t place = 0;
  bool in_picture = false;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    const Shape& input = i == 0 ? spec.input : shapes[i - 1];
    const InputForm form = input_form(layer, input);
    const bool flattens = facts_of(layer).flattens;
    if (form == InputForm::vector && in_picture) ++place;
    places.push_back(place++);
    if (form == InputForm::picture && flattens) ++place;
    in_picture = form != InputForm::vector && !flattens && (in_picture || form == InputForm::picture);
  }
  return places;
}

/// The arrays of each layer by the names of NumPy tutorials.
void add_layers(const Network& network, Arrays& arrays) {
  const auto& layers = network.spec().layers;
  std::size_t weighted = 0;
  std::size_t norms = 0;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const WeightForm form = facts_of(layers[i]).weights;
    if (form == WeightForm::dense || form == WeightForm::convolution) {
      auto [inputs, outputs, weight, bias] = dense_arrays(network, i);
      const std::string number = std::to_string(++weighted);
      if (form == WeightForm::dense) {
        arrays.add("W" + number, {inputs, outputs}, std::move(weight));
      } else {
        const auto shape =
            make_layer<float>(layers[i], i == 0 ? network.spec().input : network.shapes()[i - 1])
                ->parameters()[0]
                .shape;
        arrays.add("W" + number, shape, transposed(weight, inputs, outputs));
      }
      if (!bias.empty()) arrays.add("b" + number, {outputs}, std::move(bias));
    } else if (form == WeightForm::norm) {
      auto [weight, bias, mean, variance] = norm_arrays(network, i);
      const std::string number = std::to_string(++norms);
      const std::vector<std::size_t> shape = {weight.size()};
      arrays.add("gamma" + number, shape, std::move(weight));
      arrays.add("beta" + number, shape, std::move(bias));
      arrays.add("moving_mean" + number, shape, std::move(mean));
      arrays.add("moving_var" + number, shape, std::move(variance));
    }
  }
}

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
  add_layers(member.network, arrays);
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
