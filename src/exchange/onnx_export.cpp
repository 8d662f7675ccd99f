#include "exchange/onnx_export.h"

#include "scrawl/library.h"
#include "scrawl/model.h"

#include "exchange/onnx_exporter.h"
#include "model/model_metadata.h"
#include "nn/layer_kinds.h"

#include <utility>

namespace scrawl {
namespace {

OnnxDimension batch() { return {.length = std::nullopt, .symbol = "batch"}; }
OnnxDimension length(std::size_t n) { return {.length = static_cast<std::int64_t>(n), .symbol = {}}; }

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

}  // namespace

OnnxModel OnnxExporter::run(const std::string& name) {
  graph_.producer_name = "scrawl";
  graph_.producer_version = version();
  graph_.graph_name = name;
  write_metadata();
  write_input();
  write_preprocessing();
  for (std::size_t i = 0; i < member_.network.spec().layers.size(); ++i) write_layer(i);
  if (!is_flat_) flatten("flat");
  std::visit([&](const auto& loss) { write_probabilities(loss); }, member_.info.loss);
  graph_.nodes.back().outputs = {"probabilities"};
  graph_.outputs = {
      {.name = "probabilities", .dtype = "F32", .shape = {{batch(), length(member_.network.outputs())}}}};
  return std::move(graph_);
}

void OnnxExporter::write_metadata() {
  const auto& info = member_.info;
  graph_.metadata = {
      {"classes", classes_to_json(info.classes)},
      {"loss", std::string(loss_name(info.loss))},
      {"model", to_string(member_.network.spec())},
      {"preprocessing", to_string(info.preprocessing)},
      {"scrawl_version", version()},
  };
}

void OnnxExporter::write_input() {
  const Shape& shape = member_.network.spec().input;
  std::vector<OnnxDimension> lengths = {batch()};
  is_flat_ = shape.channels == 1 && shape.height == 1;
  if (!is_flat_) lengths.insert(lengths.end(), {length(shape.channels), length(shape.height)});
  lengths.push_back(length(shape.width));
  current_ = "pixels";
  graph_.inputs = {{.name = current_, .dtype = "F32", .shape = lengths}};
  const bool stays_picture =
      begins_with_pictures(member_.network) && member_.info.preprocessing.whitening.empty();
  if (!is_flat_ && !stays_picture) flatten("flatten");
}

void OnnxExporter::write_preprocessing() {
  const auto& [divisor, factor, offset, mean, deviation, whitening] = member_.info.preprocessing;
  const auto& [channels, height, width] = member_.network.spec().input;
  const Lengths one_each = is_flat_ ? Lengths{member_.network.inputs()} : Lengths{channels, height, width};
  const auto step = [&](const char* op, const std::string& part, const std::vector<float>& values) {
    const std::string name = "preprocessing." + part;
    node(op, name, {tensor(name, values.size() == 1 ? Lengths{} : one_each, values)});
  };
  step("Div", "divisor", {divisor});  // always there: an import then knows that all of it is
  if (factor != 1) step("Mul", "factor", {factor});
  if (offset != 0) step("Add", "offset", {offset});
  if (!mean.empty()) step("Sub", "mean", mean);
  if (!deviation.empty()) step("Div", "deviation", deviation);
  if (whitening.empty()) return;
  const std::size_t pixels = member_.network.inputs();
  std::vector<float> transposed(whitening.size());
  for (std::size_t row = 0; row < pixels; ++row)
    for (std::size_t column = 0; column < pixels; ++column)
      transposed[column * pixels + row] = whitening[row * pixels + column];
  node("MatMul", "preprocessing.whitening",
       {tensor("preprocessing.whitening", {pixels, pixels}, transposed)});
}

void OnnxExporter::write_softmax() { node("Softmax", "softmax", {}, {{"axis", std::int64_t{1}}}); }
void OnnxExporter::write_probabilities(const SoftmaxCrossEntropy&) { write_softmax(); }
void OnnxExporter::write_probabilities(const MulticlassHinge&) { write_softmax(); }
void OnnxExporter::write_probabilities(const SquaredError& loss) {
  node("Sub", "target.low", {tensor("target.low", {}, {loss.low})});
  node("Div", "target.range", {tensor("target.range", {}, {loss.high - loss.low})});
  node("Max", "least", {tensor("least", {}, {least_squared_error_probability})});
  const std::string estimates = current_;
  node("ReduceSum", "sum", {integers("classes.axis", {1})}, {{"keepdims", std::int64_t{1}}});
  const std::string sum = std::exchange(current_, estimates);
  node("Div", "normalise", {sum});
}

void OnnxExporter::node(const std::string& op, const std::string& name,
                        const std::vector<std::string>& operands,
                        std::map<std::string, OnnxAttributeValue> attributes) {
  std::vector<std::string> inputs = {current_};
  inputs.insert(inputs.end(), operands.begin(), operands.end());
  current_ = name + ".output";
  graph_.nodes.push_back({.name = name,
                          .op_type = op,
                          .inputs = std::move(inputs),
                          .outputs = {current_},
                          .attributes = std::move(attributes)});
}

std::string OnnxExporter::tensor(const std::string& name, Lengths shape, const std::vector<float>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  graph_.initializers.push_back({name, "F32", std::move(shape), Bytes(bytes.begin(), bytes.end())});
  return name;
}

std::string OnnxExporter::integers(const std::string& name, const std::vector<std::int64_t>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  graph_.initializers.push_back({name, "I64", {values.size()}, Bytes(bytes.begin(), bytes.end())});
  return name;
}

std::string OnnxExporter::parameter(const std::string& name) {
  for (const auto& info : member_.network.parameter_infos())
    if (info.name == name) tensor(name, info.shape, copy_parameter(member_.network, info));
  return name;
}

OnnxModel export_onnx(const Member& member, const std::string& name) {
  return OnnxExporter(member).run(name);
}

}  // namespace scrawl
