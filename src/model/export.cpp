#include "scrawl/export.h"

#include "scrawl/error.h"

#include "base/files.h"
#include "base/text.h"
#include "formats/npz.h"
#include "formats/onnx.h"
#include "formats/safetensors.h"
#include "model/c_header.h"
#include "model/carried_facts.h"
#include "model/custom_layers.h"
#include "model/dense_arrays.h"
#include "model/onnx_export.h"

#include <algorithm>
#include <array>
#include <deque>
#include <variant>

#include <fmt/format.h>

namespace scrawl {
namespace {

constexpr std::array<std::string_view, 4> format_names = {"onnx", "safetensors", "npz", "header"};
constexpr std::array<std::string_view, 4> endings = {".onnx", "-weights.safetensors", ".npz", ".h"};

void check(const Model& model, const ExportOptions& options) {
  if (options.int8 && options.format != ExportFormat::header)
    throw Error(
        ErrorCode::invalid_argument,
        fmt::format("int8 weights are for the format header only, not {}", to_string(options.format)));
  if (model.info.classes.size() != model.network.outputs())
    throw Error(ErrorCode::invalid_argument,
                fmt::format("the model has {} outputs and the names of {} classes; give each output one",
                            model.network.outputs(), model.info.classes.size()));
  validate(model.info.preprocessing, model.network.inputs());
  for (const auto& layer : model.network.spec().layers)
    if (const auto* custom = std::get_if<CustomLayer>(&layer)) refuse_to_export(*custom);
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

Bytes state_dict(const Model& model) {
  Arrays arrays;
  for (const auto& info : model.network.parameter_infos())
    arrays.add(info.name, info.shape, copy_parameter(model.network, info));
  return encode_safetensors(
      state_dict_metadata(model.network.spec(), model.info.preprocessing, model.info.classes),
      arrays.tensors());
}

/// One function for each kind of layer; a kind that is forgotten does not compile.
struct NumpyArrays {
  const Network& network;
  Arrays& arrays;
  std::size_t dense_layers = 0;

  void add(const Dense&, std::size_t layer) {
    auto [inputs, outputs, weight, bias] = dense_arrays(network, layer);
    const std::string number = std::to_string(++dense_layers);
    arrays.add("W" + number, {inputs, outputs}, std::move(weight));
    if (!bias.empty()) arrays.add("b" + number, {outputs}, std::move(bias));
  }
  void add(const Sigmoid&, std::size_t) {}
  void add(const Relu&, std::size_t) {}
  void add(const Tanh&, std::size_t) {}
  void add(const CustomLayer& layer, std::size_t) { refuse_to_export(layer); }
};

Bytes numpy_arrays(const Model& model) {
  Arrays arrays;
  NumpyArrays visitor{model.network, arrays};
  const auto& layers = model.network.spec().layers;
  for (std::size_t i = 0; i < layers.size(); ++i)
    std::visit([&](const auto& layer) { visitor.add(layer, i); }, layers[i]);
  const auto& [divisor, factor, offset, mean, deviation, whitening] = model.info.preprocessing;
  const std::size_t pixels = model.network.inputs();
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
    throw Error(ErrorCode::invalid_argument, "there is no format '" + std::string(text) + "' to export to" +
                                                 suggestion(text, format_names));
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
    case ExportFormat::onnx: return encode_onnx(export_onnx(model, name));
    case ExportFormat::safetensors: return state_dict(model);
    case ExportFormat::npz: return numpy_arrays(model);
    case ExportFormat::header: {
      const std::string text = c_header(model, name, options.int8);
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
