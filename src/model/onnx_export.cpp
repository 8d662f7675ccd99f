#include "model/onnx_export.h"

#include "scrawl/prediction.h"
#include "scrawl/version.h"

#include "model/custom_layers.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace scrawl {
namespace {

/// Writes a chain of nodes; each one reads what the one before it made.
class Exporter {
 public:
  explicit Exporter(const Model& model) : model_(model) {}

  OnnxModel run(const std::string& name) {
    graph_.producer_name = "scrawl";
    graph_.producer_version = version();
    graph_.graph_name = name;
    write_metadata();
    write_input();
    write_preprocessing();
    const auto& layers = model_.network.spec().layers;
    for (std::size_t i = 0; i < layers.size(); ++i)
      std::visit([&](const auto& layer) { write_layer(std::to_string(i), layer); }, layers[i]);
    std::visit([&](const auto& loss) { write_probabilities(loss); }, model_.info.loss);
    graph_.nodes.back().outputs = {"probabilities"};
    graph_.outputs = {
        {.name = "probabilities", .dtype = "F32", .shape = {{batch(), length(model_.network.outputs())}}}};
    return std::move(graph_);
  }

 private:
  static OnnxDimension batch() { return {.length = std::nullopt, .symbol = "batch"}; }
  static OnnxDimension length(std::size_t n) {
    return {.length = static_cast<std::int64_t>(n), .symbol = {}};
  }

  void write_metadata() {
    const auto& info = model_.info;
    using Json = nlohmann::json;
    graph_.metadata = {
        {"classes", Json(info.classes).dump(-1, ' ', false, Json::error_handler_t::replace)},
        {"loss", std::string(loss_name(info.loss))},
        {"model", to_string(model_.network.spec())},
        {"preprocessing", to_string(info.preprocessing)},
        {"scrawl_version", version()},
    };
  }

  void write_input() {
    const Shape& shape = model_.network.spec().input;
    std::vector<OnnxDimension> lengths = {batch()};
    const bool is_plain = shape.channels == 1 && shape.height == 1;
    if (!is_plain) lengths.insert(lengths.end(), {length(shape.channels), length(shape.height)});
    lengths.push_back(length(shape.width));
    current_ = "pixels";
    graph_.inputs = {{.name = current_, .dtype = "F32", .shape = lengths}};
    if (!is_plain) node("Flatten", "flatten", {}, {{"axis", std::int64_t{1}}});
  }

  void write_preprocessing() {
    const auto& [divisor, factor, offset, mean, deviation, whitening] = model_.info.preprocessing;
    const auto step = [&](const char* op, const std::string& part, const std::vector<float>& values) {
      const std::string name = "preprocessing." + part;
      node(op, name, {tensor(name, values.size() == 1 ? Lengths{} : Lengths{values.size()}, values)});
    };
    step("Div", "divisor", {divisor});  // always there: an import then knows that all of it is
    if (factor != 1) step("Mul", "factor", {factor});
    if (offset != 0) step("Add", "offset", {offset});
    if (!mean.empty()) step("Sub", "mean", mean);
    if (!deviation.empty()) step("Div", "deviation", deviation);
    if (whitening.empty()) return;
    const std::size_t pixels = model_.network.inputs();
    std::vector<float> transposed(whitening.size());
    for (std::size_t row = 0; row < pixels; ++row)
      for (std::size_t column = 0; column < pixels; ++column)
        transposed[column * pixels + row] = whitening[row * pixels + column];
    node("MatMul", "preprocessing.whitening",
         {tensor("preprocessing.whitening", {pixels, pixels}, transposed)});
  }

  void write_layer(const std::string& name, const Dense& layer) {
    std::vector<std::string> operands = {parameter(name + ".weight")};
    if (layer.bias) operands.push_back(parameter(name + ".bias"));
    node("Gemm", name, operands, {{"transB", std::int64_t{1}}});
  }
  void write_layer(const std::string& name, const Sigmoid&) { node("Sigmoid", name); }
  void write_layer(const std::string& name, const Relu&) { node("Relu", name); }
  void write_layer(const std::string& name, const Tanh&) { node("Tanh", name); }
  void write_layer(const std::string&, const CustomLayer& layer) { refuse_to_export(layer); }

  void write_softmax() { node("Softmax", "softmax", {}, {{"axis", std::int64_t{1}}}); }
  void write_probabilities(const SoftmaxCrossEntropy&) { write_softmax(); }
  void write_probabilities(const MulticlassHinge&) { write_softmax(); }
  void write_probabilities(const SquaredError& loss) {
    node("Sub", "target.low", {tensor("target.low", {}, {loss.low})});
    node("Div", "target.range", {tensor("target.range", {}, {loss.high - loss.low})});
    node("Max", "least", {tensor("least", {}, {least_squared_error_probability})});
    const std::string estimates = current_;
    const std::vector<std::int64_t> axes = {1};
    const auto axis_bytes = std::as_bytes(std::span(axes));
    graph_.initializers.push_back({"classes.axis", "I64", {1}, Bytes(axis_bytes.begin(), axis_bytes.end())});
    node("ReduceSum", "sum", {"classes.axis"}, {{"keepdims", std::int64_t{1}}});
    const std::string sum = std::exchange(current_, estimates);
    node("Div", "normalise", {sum});
  }

  void node(const std::string& op, const std::string& name, const std::vector<std::string>& operands = {},
            std::map<std::string, OnnxAttributeValue> attributes = {}) {
    std::vector<std::string> inputs = {current_};
    inputs.insert(inputs.end(), operands.begin(), operands.end());
    current_ = name + ".output";
    graph_.nodes.push_back({.name = name,
                            .op_type = op,
                            .inputs = std::move(inputs),
                            .outputs = {current_},
                            .attributes = std::move(attributes)});
  }

  using Lengths = std::vector<std::size_t>;

  /// Adds a constant; returns its name.
  std::string tensor(const std::string& name, Lengths shape, const std::vector<float>& values) {
    const auto bytes = std::as_bytes(std::span(values));
    graph_.initializers.push_back({name, "F32", std::move(shape), Bytes(bytes.begin(), bytes.end())});
    return name;
  }

  std::string parameter(const std::string& name) {
    for (const auto& info : model_.network.parameter_infos())
      if (info.name == name) tensor(name, info.shape, copy_parameter(model_.network, info));
    return name;
  }

  const Model& model_;
  OnnxModel graph_;
  std::string current_;
};

}  // namespace

OnnxModel export_onnx(const Model& model, const std::string& name) { return Exporter(model).run(name); }

}  // namespace scrawl
