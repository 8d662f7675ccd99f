// What each layer becomes in an ONNX graph.

#include "exchange/onnx_exporter.h"
#include "model/custom_layers.h"
#include "model/picture_layers.h"
#include "model/state_arrays.h"

#include <cmath>

namespace scrawl {
namespace {

using Attributes = std::map<std::string, OnnxAttributeValue>;

Attributes window(std::size_t height, std::size_t width, std::size_t stride, std::size_t padding) {
  const auto both = [](std::size_t n) { return static_cast<std::int64_t>(n); };
  return {{"kernel_shape", std::vector{both(height), both(width)}},
          {"strides", std::vector{both(stride), both(stride)}},
          {"pads", std::vector{both(padding), both(padding), both(padding), both(padding)}}};
}

/// ONNX counts the share of the old mean that stays. Six digits undo the rounding of the difference.
float kept_share(float momentum) {
  return static_cast<float>(std::round((1 - static_cast<double>(momentum)) * 1e6) / 1e6);
}

}  // namespace

void OnnxExporter::write_layer(std::size_t i) {
  const auto& network = member_.network;
  const LayerSpec& layer = network.spec().layers[i];
  const Shape& input = i == 0 ? network.spec().input : network.shapes()[i - 1];
  const std::string name = std::to_string(i);
  if (is_flat_ && takes_picture(layer, input)) unflatten(name + ".picture", input);
  if (!is_flat_ && takes_vector(layer, input)) flatten(name + ".flat");
  std::visit([&](const auto& spec) { write(name, spec); }, layer);
}

void OnnxExporter::flatten(const std::string& name) {
  node("Flatten", name, {}, {{"axis", std::int64_t{1}}});
  is_flat_ = true;
}

void OnnxExporter::unflatten(const std::string& name, const Shape& shape) {
  node("Reshape", name,
       {integers(name, {-1, static_cast<std::int64_t>(shape.channels),
                        static_cast<std::int64_t>(shape.height), static_cast<std::int64_t>(shape.width)})});
  is_flat_ = false;
}

void OnnxExporter::write(const std::string& name, const Dense& layer) {
  std::vector<std::string> operands = {parameter(name + ".weight")};
  if (layer.bias) operands.push_back(parameter(name + ".bias"));
  node("Gemm", name, operands, {{"transB", std::int64_t{1}}});
}

void OnnxExporter::write(const std::string& name, const Conv2d& layer) {
  std::vector<std::string> operands = {parameter(name + ".weight")};
  if (layer.bias) operands.push_back(parameter(name + ".bias"));
  node("Conv", name, operands, window(layer.kernel_height, layer.kernel_width, layer.stride, layer.padding));
}

void OnnxExporter::write(const std::string& name, const MaxPool& layer) {
  node("MaxPool", name, {}, window(layer.size, layer.size, layer.stride, layer.padding));
}

void OnnxExporter::write(const std::string& name, const AveragePool& layer) {
  auto attributes = window(layer.size, layer.size, layer.stride, layer.padding);
  attributes["count_include_pad"] = std::int64_t{1};
  node("AveragePool", name, {}, std::move(attributes));
}

void OnnxExporter::write(const std::string& name, const GlobalAveragePool&) {
  node("GlobalAveragePool", name);
  flatten(name + ".flat");
}

void OnnxExporter::write(const std::string& name, const BatchNorm& layer) {
  std::vector<std::string> operands = {parameter(name + ".weight"), parameter(name + ".bias")};
  for (const auto& info : state_infos(member_.network.spec()))
    if (info.name == name + ".running_mean" || info.name == name + ".running_var")
      operands.push_back(tensor(info.name, info.shape, copy_state(member_.network, info)));
  node("BatchNormalization", name, operands,
       {{"epsilon", layer.epsilon}, {"momentum", kept_share(layer.momentum)}});
}

void OnnxExporter::write(const std::string&, const Dropout&) {}  // nothing happens in recognition

void OnnxExporter::write(const std::string& name, const Flatten&) {
  if (!is_flat_) flatten(name);
}

void OnnxExporter::write(const std::string& name, const Sigmoid&) { node("Sigmoid", name); }
void OnnxExporter::write(const std::string& name, const Relu&) { node("Relu", name); }
void OnnxExporter::write(const std::string& name, const Tanh&) { node("Tanh", name); }
void OnnxExporter::write(const std::string& name, const LeakyRelu& layer) {
  node("LeakyRelu", name, {}, {{"alpha", layer.slope}});
}

void OnnxExporter::write(const std::string& name, const Silu&) {
  const std::string input = current_;
  node("Sigmoid", name + ".sigmoid");
  node("Mul", name, {input});
}

void OnnxExporter::write(const std::string&, const CustomLayer& layer) { refuse_to_export(layer); }

}  // namespace scrawl
