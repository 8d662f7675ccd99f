#include "scrawl/error.h"
#include "scrawl/exchange.h"

#include "base/files.h"
#include "base/text.h"
#include "exchange/c_header.h"
#include "exchange/carried_facts.h"
#include "exchange/onnx_export.h"
#include "formats/npy.h"
#include "formats/onnx.h"
#include "formats/safetensors.h"
#include "model/layer_arrays.h"
#include "nn/layer_kinds.h"
#include "nn/layers.h"

#include <algorithm>
#include <array>
#include <deque>

#include <fmt/format.h>

namespace scrawl {
namespace {

constexpr std::array<std::string_view, 4> format_names = {"onnx", "safetensors", "npz", "header"};
constexpr std::array<std::string_view, 4> endings = {".onnx", "-weights.safetensors", ".npz", ".h"};

void check(const Model& model, const ExportOptions& options) {
  if (model.members.size() > 1)
    throw Error(ErrorCode::unsupported,
                fmt::format("the model is an ensemble of {} networks, and a file in this format ({}) "
                            "contains only one; export one "
                            "member after the other, with --member 1 and so on (take_member)",
                            model.members.size(), to_string(options.format)));
  if (options.int8 && options.format != ExportFormat::header)
    throw Error(
        ErrorCode::invalid_argument,
        fmt::format("int8 weights are for the format header only, not {}", to_string(options.format)));
  if (model.classes().size() != model.outputs())
    throw Error(ErrorCode::invalid_argument,
                "the model has " + counted(model.outputs(), "output") + " and the names of " +
                    counted(model.classes().size(), "class") + "; give each output one");
  validate(model.only().info.preprocessing, model.inputs());
  for (const auto& layer : model.only().network.spec().layers)
    if (const auto* custom = as<CustomLayer>(layer))
      throw Error(
          ErrorCode::unsupported,
          "the model has the layer '" + custom->name +
              "', which is this program's own, so that no other format can say what it does; keep the model "
              "as a model file of scrawl's, or replace the layer by one of scrawl's and train anew");
}

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

/// Safetensors, as torch.nn.Sequential names the arrays.
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

/// An npz, as NumPy tutorials name the arrays.
Bytes encode_numpy_arrays(const Member& member) {
  Arrays arrays;
  const auto& layers = member.network.spec().layers;
  std::size_t weighted = 0;
  std::size_t norms = 0;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const WeightForm form = facts_of(layers[i]).weights;
    if (form == WeightForm::dense || form == WeightForm::convolution) {
      auto [inputs, outputs, weight, bias, shape] = dense_arrays(member.network, i);
      const std::string number = std::to_string(++weighted);
      if (form == WeightForm::dense) {
        arrays.add("W" + number, {inputs, outputs}, std::move(weight));
      } else {
        arrays.add("W" + number, shape, transposed(weight, inputs, outputs));
      }
      if (!bias.empty()) arrays.add("b" + number, {outputs}, std::move(bias));
    } else if (form == WeightForm::norm) {
      auto [weight, bias, mean, variance] = norm_arrays(member.network, i);
      const std::string number = std::to_string(++norms);
      const std::vector<std::size_t> shape = {weight.size()};
      arrays.add("gamma" + number, shape, std::move(weight));
      arrays.add("beta" + number, shape, std::move(bias));
      arrays.add("moving_mean" + number, shape, std::move(mean));
      arrays.add("moving_var" + number, shape, std::move(variance));
    }
  }
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

}  // namespace

std::string_view to_string(ExportFormat format) { return format_names[static_cast<std::size_t>(format)]; }

ExportFormat parse_export_format(std::string_view text) {
  const auto at = std::find(format_names.begin(), format_names.end(), text);
  if (at == format_names.end())
    throw Error(ErrorCode::invalid_argument,
                "unknown export format '" + std::string(text) + "'" + suggestion(text, format_names));
  return static_cast<ExportFormat>(at - format_names.begin());
}

std::filesystem::path export_path(const std::filesystem::path& model, ExportFormat format, bool int8) {
  auto path = model;
  path.replace_extension();
  if (int8) path += "-int8";
  path += endings[static_cast<std::size_t>(format)];
  return path;
}

Bytes encode_export(const Model& model, const ExportOptions& options) {
  check(model, options);
  const std::string name = options.name.empty() ? "model" : options.name;
  switch (options.format) {
    case ExportFormat::onnx: return encode_onnx(export_onnx(model.only(), name));
    case ExportFormat::safetensors: return encode_state_dict(model.only());
    case ExportFormat::npz: return encode_numpy_arrays(model.only());
    case ExportFormat::header: {
      const std::string text = c_header(model.only(), name, options.int8);
      const auto bytes = std::as_bytes(std::span(text));
      return {bytes.begin(), bytes.end()};
    }
  }
  throw Error(ErrorCode::invalid_argument, "there is no such format to export to");
}

std::size_t export_model(const std::filesystem::path& path, const Model& model,
                         const ExportOptions& options) {
  const Bytes bytes = encode_export(model, options);
  write_file(path, bytes);
  return bytes.size();
}

}  // namespace scrawl
