#include "exchange/onnx_export.h"

#include "scrawl/error.h"

#include "exchange/onnx_layers.h"
#include "model/model_metadata.h"
#include "nn/layer_kinds.h"

#include <utility>

namespace scrawl {
namespace {

using Lengths = std::vector<std::size_t>;

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

/// The model as one chain of nodes: its preprocessing, its layers, and its loss's way to probabilities.
class Exporter {
 public:
  explicit Exporter(const Member& member) : member_(member), network_(member.network), out_{member.network} {}

  OnnxModel run(const std::string& name) {
    const auto& info = member_.info;
    out_.graph.producer_name = "scrawl";
    out_.graph.producer_version = version();
    out_.graph.graph_name = name;
    out_.graph.metadata = {
        {"classes", classes_to_json(info.classes)},
        {"loss", std::string(loss_name(info.loss))},
        {"model", to_string(network_.spec())},
        {"preprocessing", to_string(info.preprocessing)},
        {"scrawl_version", version()},
    };
    write_input();
    write_preprocessing();
    for (std::size_t i = 0; i < network_.spec().layers.size(); ++i) write_layer(i);
    if (!out_.is_flat) out_.flatten("flat");
    std::visit([&](const auto& loss) { write_probabilities(loss); }, info.loss);
    out_.graph.nodes.back().outputs = {"probabilities"};
    out_.graph.outputs = {
        {.name = "probabilities", .dtype = "F32", .shape = {{batch(), length(network_.outputs())}}}};
    return std::move(out_.graph);
  }

 private:
  void write_input() {
    const Shape& shape = network_.spec().input;
    std::vector<OnnxDimension> lengths = {batch()};
    out_.is_flat = shape.channels == 1 && shape.height == 1;
    if (!out_.is_flat) lengths.insert(lengths.end(), {length(shape.channels), length(shape.height)});
    lengths.push_back(length(shape.width));
    out_.current = "pixels";
    out_.graph.inputs = {{.name = out_.current, .dtype = "F32", .shape = lengths}};
    const bool stays_picture = begins_with_pictures(network_) && member_.info.preprocessing.whitening.empty();
    if (!out_.is_flat && !stays_picture) out_.flatten("flatten");
  }

  void write_preprocessing() {
    const auto& [divisor, factor, offset, mean, deviation, whitening] = member_.info.preprocessing;
    const auto& [channels, height, width] = network_.spec().input;
    const std::size_t pixels = network_.inputs();
    const Lengths one_each = out_.is_flat ? Lengths{pixels} : Lengths{channels, height, width};
    const auto step = [&](const char* op, const std::string& part, const std::vector<float>& values) {
      const std::string name = "preprocessing." + part;
      out_.node(op, name, {out_.tensor(name, values.size() == 1 ? Lengths{} : one_each, values)});
    };
    step("Div", "divisor", {divisor});  // always there: an import then knows that all of it is
    if (factor != 1) step("Mul", "factor", {factor});
    if (offset != 0) step("Add", "offset", {offset});
    if (!mean.empty()) step("Sub", "mean", mean);
    if (!deviation.empty()) step("Div", "deviation", deviation);
    if (!whitening.empty())
      out_.node(
          "MatMul", "preprocessing.whitening",
          {out_.tensor("preprocessing.whitening", {pixels, pixels}, transposed(whitening, pixels, pixels))});
  }

  /// Brings the values into the form that layer `i` wants, and writes it.
  void write_layer(std::size_t i) {
    const LayerSpec& layer = network_.spec().layers[i];
    const Shape& input = i == 0 ? network_.spec().input : network_.shapes()[i - 1];
    const InputForm form = input_form(layer, input);
    out_.name = std::to_string(i);
    if (out_.is_flat && form == InputForm::picture) {
      const std::string name = out_.name + ".picture";
      out_.node("Reshape", name,
                {out_.integers(name, {-1, whole(input.channels), whole(input.height), whole(input.width)})});
      out_.is_flat = false;
    }
    if (!out_.is_flat && form == InputForm::vector) out_.flatten(out_.name + ".flat");
    write_onnx_layer(out_, layer);
  }

  void write_probabilities(const SquaredError& loss) {
    out_.node("Sub", "target.low", {out_.tensor("target.low", {}, {loss.low})});
    out_.node("Div", "target.range", {out_.tensor("target.range", {}, {loss.high - loss.low})});
    out_.node("Max", "least", {out_.tensor("least", {}, {least_squared_error_probability})});
    const std::string estimates = out_.current;
    out_.node("ReduceSum", "sum", {out_.integers("classes.axis", {1})}, {{"keepdims", whole(1)}});
    const std::string sum = std::exchange(out_.current, estimates);
    out_.node("Div", "normalise", {sum});
  }
  void write_probabilities(const SoftmaxCrossEntropy&) { write_softmax(); }
  void write_probabilities(const MulticlassHinge&) { write_softmax(); }
  void write_softmax() { out_.node("Softmax", "softmax", {}, {{"axis", whole(1)}}); }

  const Member& member_;
  const Network& network_;
  OnnxWriter out_;
};

}  // namespace

OnnxModel export_onnx(const Member& member, const std::string& name) { return Exporter(member).run(name); }

}  // namespace scrawl
