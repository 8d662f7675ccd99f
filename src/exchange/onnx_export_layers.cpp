// What each layer becomes in an ONNX graph.

#include "exchange/onnx_exporter.h"
#include "model/custom_layers.h"
#include "model/state_arrays.h"
#include "nn/layer_kinds.h"

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

/// Writes one layer; a kind that is forgotten does not compile.
struct OnnxLayerWriter {
  OnnxExporter& to;
  const std::string name;

  void operator()(const Dense& layer) {
    to.node("Gemm", name, weights(layer.bias), {{"transB", std::int64_t{1}}});
  }
  void operator()(const Conv2d& layer) {
    to.node("Conv", name, weights(layer.bias),
            window(layer.kernel_height, layer.kernel_width, layer.stride, layer.padding));
  }
  void operator()(const MaxPool& layer) {
    to.node("MaxPool", name, {}, window(layer.size, layer.size, layer.stride, layer.padding));
  }
  void operator()(const AveragePool& layer) {
    auto attributes = window(layer.size, layer.size, layer.stride, layer.padding);
    attributes["count_include_pad"] = std::int64_t{1};
    to.node("AveragePool", name, {}, std::move(attributes));
  }
  void operator()(const GlobalAveragePool&) {
    to.node("GlobalAveragePool", name);
    to.flatten(name + ".flat");
  }
  void operator()(const BatchNorm& layer) {
    std::vector<std::string> operands = weights(true);
    for (const auto& info : state_infos(to.member_.network.spec()))
      if (info.name == name + ".running_mean" || info.name == name + ".running_var")
        operands.push_back(to.tensor(info.name, info.shape, copy_state(to.member_.network, info)));
    to.node("BatchNormalization", name, operands,
            {{"epsilon", layer.epsilon}, {"momentum", kept_share(layer.momentum)}});
  }
  void operator()(const Dropout&) {}  // does nothing when it predicts
  void operator()(const Flatten&) {
    if (!to.is_flat_) to.flatten(name);
  }
  template <ActivationSpec Spec>
  void operator()(const Spec&) {
    static_assert(!LayerKind<Spec>::facts.onnx.empty());
    to.node(std::string(LayerKind<Spec>::facts.onnx), name);
  }
  void operator()(const LeakyRelu& layer) { to.node("LeakyRelu", name, {}, {{"alpha", layer.slope}}); }
  void operator()(const Silu&) {
    const std::string input = to.current_;
    to.node("Sigmoid", name + ".sigmoid");
    to.node("Mul", name, {input});
  }
  void operator()(const CustomLayer& layer) { refuse_to_export(layer); }

 private:
  std::vector<std::string> weights(bool bias) {
    std::vector<std::string> operands = {to.parameter(name + ".weight")};
    if (bias) operands.push_back(to.parameter(name + ".bias"));
    return operands;
  }
};

void OnnxExporter::write_layer(std::size_t i) {
  const auto& network = member_.network;
  const LayerSpec& layer = network.spec().layers[i];
  const Shape& input = i == 0 ? network.spec().input : network.shapes()[i - 1];
  const std::string name = std::to_string(i);
  const InputForm form = input_form(layer, input);
  if (is_flat_ && form == InputForm::picture) unflatten(name + ".picture", input);
  if (!is_flat_ && form == InputForm::vector) flatten(name + ".flat");
  std::visit(OnnxLayerWriter{*this, name}, layer);
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

}  // namespace scrawl
