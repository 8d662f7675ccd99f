#include "exchange/onnx_export.h"

#include "scrawl/library.h"

#include "model/layer_arrays.h"
#include "model/model_metadata.h"
#include "nn/layer_kinds.h"

#include <cmath>
#include <map>
#include <utility>

namespace scrawl {
namespace {

using Attributes = std::map<std::string, OnnxAttributeValue>;
using Lengths = std::vector<std::size_t>;

std::int64_t whole(std::size_t n) { return static_cast<std::int64_t>(n); }

OnnxDimension batch() { return {.length = std::nullopt, .symbol = "batch"}; }
OnnxDimension length(std::size_t n) { return {.length = whole(n), .symbol = {}}; }

/// Whether the first layer that wants its input in one of the two forms wants pictures.
bool begins_with_pictures(const Network& network) {
  const auto& layers = network.spec().layers;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Shape& input = i == 0 ? network.spec().input : network.shapes()[i - 1];
    const InputForm form = input_form(layers[i], input);
    if (form == InputForm::picture) return true;
    if (form == InputForm::vector || facts_of(layers[i]).flattens) return false;
  }
  return false;
}

Attributes window(std::size_t height, std::size_t width, std::size_t stride, std::size_t padding) {
  return {{"kernel_shape", std::vector{whole(height), whole(width)}},
          {"strides", std::vector(2, whole(stride))},
          {"pads", std::vector(4, whole(padding))}};
}

/// ONNX counts the share of the old mean that stays. Six digits undo the rounding of the difference.
float kept_share(float momentum) {
  return static_cast<float>(std::round((1 - static_cast<double>(momentum)) * 1e6) / 1e6);
}

/// Writes a chain of nodes; each one reads what the one before it made.
class Exporter {
 public:
  explicit Exporter(const Member& member) : member_(member), network_(member.network) {}

  OnnxModel run(const std::string& name) {
    const auto& info = member_.info;
    graph_.producer_name = "scrawl";
    graph_.producer_version = version();
    graph_.graph_name = name;
    graph_.metadata = {
        {"classes", classes_to_json(info.classes)},
        {"loss", std::string(loss_name(info.loss))},
        {"model", to_string(network_.spec())},
        {"preprocessing", to_string(info.preprocessing)},
        {"scrawl_version", version()},
    };
    write_input();
    write_preprocessing();
    for (std::size_t i = 0; i < network_.spec().layers.size(); ++i) write_layer(i);
    if (!is_flat_) flatten("flat");
    std::visit([&](const auto& loss) { write_probabilities(loss); }, info.loss);
    graph_.nodes.back().outputs = {"probabilities"};
    graph_.outputs = {
        {.name = "probabilities", .dtype = "F32", .shape = {{batch(), length(network_.outputs())}}}};
    return std::move(graph_);
  }

  // One overload for each kind of layer: one that is forgotten does not compile.
  void operator()(const Dense& layer) { node("Gemm", name_, weights(layer.bias), {{"transB", whole(1)}}); }
  void operator()(const Conv2d& layer) {
    node("Conv", name_, weights(layer.bias),
         window(layer.kernel_height, layer.kernel_width, layer.stride, layer.padding));
  }
  void operator()(const MaxPool& layer) {
    node("MaxPool", name_, {}, window(layer.size, layer.size, layer.stride, layer.padding));
  }
  void operator()(const AveragePool& layer) {
    auto attributes = window(layer.size, layer.size, layer.stride, layer.padding);
    attributes["count_include_pad"] = whole(1);
    node("AveragePool", name_, {}, std::move(attributes));
  }
  void operator()(const GlobalAveragePool&) {
    node("GlobalAveragePool", name_);
    flatten(name_ + ".flat");
  }
  void operator()(const BatchNorm& layer) {
    std::vector<std::string> operands = weights(true);
    for (const auto& info : state_infos(network_.spec()))
      if (info.name == name_ + ".running_mean" || info.name == name_ + ".running_var")
        operands.push_back(tensor(info.name, info.shape, copy_state(network_, info)));
    node("BatchNormalization", name_, operands,
         {{"epsilon", layer.epsilon}, {"momentum", kept_share(layer.momentum)}});
  }
  void operator()(const Dropout&) {}  // does nothing when it predicts
  void operator()(const Flatten&) {
    if (!is_flat_) flatten(name_);
  }
  template <ActivationSpec Spec>
  void operator()(const Spec&) {
    static_assert(!LayerKind<Spec>::facts.onnx.empty());
    node(std::string(LayerKind<Spec>::facts.onnx), name_);
  }
  void operator()(const LeakyRelu& layer) { node("LeakyRelu", name_, {}, {{"alpha", layer.slope}}); }
  void operator()(const Silu&) {
    const std::string input = current_;
    node("Sigmoid", name_ + ".sigmoid");
    node("Mul", name_, {input});
  }
  void operator()(const CustomLayer&) {}  // encode_export() refuses it

 private:
  void write_input() {
    const Shape& shape = network_.spec().input;
    std::vector<OnnxDimension> lengths = {batch()};
    is_flat_ = shape.channels == 1 && shape.height == 1;
    if (!is_flat_) lengths.insert(lengths.end(), {length(shape.channels), length(shape.height)});
    lengths.push_back(length(shape.width));
    current_ = "pixels";
    graph_.inputs = {{.name = current_, .dtype = "F32", .shape = lengths}};
    const bool stays_picture = begins_with_pictures(network_) && member_.info.preprocessing.whitening.empty();
    if (!is_flat_ && !stays_picture) flatten("flatten");
  }

  void write_preprocessing() {
    const auto& [divisor, factor, offset, mean, deviation, whitening] = member_.info.preprocessing;
    const auto& [channels, height, width] = network_.spec().input;
    const std::size_t pixels = network_.inputs();
    const Lengths one_each = is_flat_ ? Lengths{pixels} : Lengths{channels, height, width};
    const auto step = [&](const char* op, const std::string& part, const std::vector<float>& values) {
      const std::string name = "preprocessing." + part;
      node(op, name, {tensor(name, values.size() == 1 ? Lengths{} : one_each, values)});
    };
    step("Div", "divisor", {divisor});  // always there: an import then knows that all of it is
    if (factor != 1) step("Mul", "factor", {factor});
    if (offset != 0) step("Add", "offset", {offset});
    if (!mean.empty()) step("Sub", "mean", mean);
    if (!deviation.empty()) step("Div", "deviation", deviation);
    if (!whitening.empty())
      node("MatMul", "preprocessing.whitening",
           {tensor("preprocessing.whitening", {pixels, pixels}, transposed(whitening, pixels, pixels))});
  }

  /// Brings the values into the form that layer `i` wants, and writes it.
  void write_layer(std::size_t i) {
    const LayerSpec& layer = network_.spec().layers[i];
    const Shape& input = i == 0 ? network_.spec().input : network_.shapes()[i - 1];
    const InputForm form = input_form(layer, input);
    name_ = std::to_string(i);
    if (is_flat_ && form == InputForm::picture) {
      const std::string name = name_ + ".picture";
      node("Reshape", name,
           {integers(name, {-1, whole(input.channels), whole(input.height), whole(input.width)})});
      is_flat_ = false;
    }
    if (!is_flat_ && form == InputForm::vector) flatten(name_ + ".flat");
    std::visit(*this, layer);
  }

  void write_probabilities(const SquaredError& loss) {
    node("Sub", "target.low", {tensor("target.low", {}, {loss.low})});
    node("Div", "target.range", {tensor("target.range", {}, {loss.high - loss.low})});
    node("Max", "least", {tensor("least", {}, {least_squared_error_probability})});
    const std::string estimates = current_;
    node("ReduceSum", "sum", {integers("classes.axis", {1})}, {{"keepdims", whole(1)}});
    const std::string sum = std::exchange(current_, estimates);
    node("Div", "normalise", {sum});
  }
  void write_probabilities(const SoftmaxCrossEntropy&) { write_softmax(); }
  void write_probabilities(const MulticlassHinge&) { write_softmax(); }
  void write_softmax() { node("Softmax", "softmax", {}, {{"axis", whole(1)}}); }

  void flatten(const std::string& name) {
    node("Flatten", name, {}, {{"axis", whole(1)}});
    is_flat_ = true;
  }

  void node(const std::string& op, const std::string& name, const std::vector<std::string>& operands = {},
            Attributes attributes = {}) {
    std::vector<std::string> inputs = {current_};
    inputs.insert(inputs.end(), operands.begin(), operands.end());
    current_ = name + ".output";
    graph_.nodes.push_back({.name = name,
                            .op_type = op,
                            .inputs = std::move(inputs),
                            .outputs = {current_},
                            .attributes = std::move(attributes)});
  }

  /// Add a constant; return its name.
  std::string tensor(const std::string& name, Lengths shape, const std::vector<float>& values) {
    const auto bytes = std::as_bytes(std::span(values));
    graph_.initializers.push_back({name, "F32", std::move(shape), Bytes(bytes.begin(), bytes.end())});
    return name;
  }
  std::string integers(const std::string& name, const std::vector<std::int64_t>& values) {
    const auto bytes = std::as_bytes(std::span(values));
    graph_.initializers.push_back({name, "I64", {values.size()}, Bytes(bytes.begin(), bytes.end())});
    return name;
  }

  /// Adds the layer's parameters; returns their names.
  std::vector<std::string> weights(bool bias) {
    std::vector<std::string> names = {name_ + ".weight"};
    if (bias) names.push_back(name_ + ".bias");
    for (const auto& name : names)
      for (const auto& info : network_.parameter_infos())
        if (info.name == name) tensor(name, info.shape, copy_parameter(network_, info));
    return names;
  }

  const Member& member_;
  const Network& network_;
  OnnxModel graph_;
  std::string name_;      // of the layer that is written
  std::string current_;   // the name of the values so far
  bool is_flat_ = false;  // they are (batch, N), not (batch, C, H, W)
};

}  // namespace

OnnxModel export_onnx(const Member& member, const std::string& name) { return Exporter(member).run(name); }

}  // namespace scrawl
