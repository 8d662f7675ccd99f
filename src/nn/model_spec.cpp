#include "scrawl/model_spec.h"

#include "scrawl/error.h"

#include "base/text.h"

#include <array>
#include <charconv>
#include <cstdint>

namespace scrawl {
namespace {

constexpr std::uint64_t most_values = std::uint64_t{1} << 31;
constexpr std::size_t most_layers = 1000;

// The words of the text form. LayerWriter and parse_layer are the two places that know a layer's syntax.
constexpr std::array<std::string_view, 4> layer_words = {"dense", "sigmoid", "relu", "tanh"};

struct LayerWriter {
  std::string operator()(const Dense& dense) const {
    return "dense " + std::to_string(dense.outputs) + (dense.bias ? "" : " nobias");
  }
  std::string operator()(const Sigmoid&) const { return "sigmoid"; }
  std::string operator()(const Relu&) const { return "relu"; }
  std::string operator()(const Tanh&) const { return "tanh"; }
};

/// Written so that no product overflows.
bool fits(const Shape& shape) {
  return shape.channels <= most_values && shape.height <= most_values && shape.width <= most_values &&
         shape.channels * shape.height <= most_values && shape.size() <= most_values;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (const auto word : split(text, ' '))
    if (!trimmed(word).empty()) words.push_back(trimmed(word));
  return words;
}

[[noreturn]] void fail(std::string_view part, const std::string& why) {
  throw Error(ErrorCode::invalid_argument, "model text, at '" + std::string(trimmed(part)) + "': " + why);
}

Dense parse_dense(std::string_view part, const std::vector<std::string_view>& words) {
  Dense dense;
  if (words.size() < 2) fail(part, "a dense layer needs its number of outputs, such as 'dense 50'");
  const auto [end, status] =
      std::from_chars(words[1].data(), words[1].data() + words[1].size(), dense.outputs);
  if (status != std::errc{} || end != words[1].data() + words[1].size() || dense.outputs == 0)
    fail(part, "'" + std::string(words[1]) + "' is not a number of outputs; write a whole number from 1 up");
  constexpr std::array<std::string_view, 1> options = {"nobias"};
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (words[i] != options[0])
      fail(part, "unknown word '" + std::string(words[i]) + "'" + suggestion(words[i], options));
    dense.bias = false;
  }
  return dense;
}

LayerSpec parse_layer(std::string_view part) {
  const auto words = words_of(part);
  if (words.empty()) fail(part, "nothing between two '>'");
  const auto name = words[0];
  if (name == "dense") return parse_dense(part, words);
  LayerSpec layer;
  if (name == "sigmoid") {
    layer = Sigmoid{};
  } else if (name == "relu") {
    layer = Relu{};
  } else if (name == "tanh") {
    layer = Tanh{};
  } else {
    fail(part, "unknown layer '" + std::string(name) + "'" + suggestion(name, layer_words));
  }
  if (words.size() > 1) fail(part, "'" + std::string(name) + "' takes no options");
  return layer;
}

}  // namespace

std::string to_string(const LayerSpec& layer) { return std::visit(LayerWriter(), layer); }

std::string to_string(const ModelSpec& spec) {
  std::string text = to_string(spec.input);
  for (const auto& layer : spec.layers) text += " > " + to_string(layer);
  return text;
}

ModelSpec parse_model(std::string_view text) {
  const auto parts = split(text, '>');
  ModelSpec spec;
  spec.input = parse_shape(trimmed(parts[0]));
  for (std::size_t i = 1; i < parts.size(); ++i) spec.layers.push_back(parse_layer(parts[i]));
  infer_shapes(spec);
  return spec;
}

std::vector<Shape> infer_shapes(const ModelSpec& spec) {
  if (spec.layers.empty())
    throw Error(ErrorCode::invalid_argument,
                "the model has no layers; write the input shape and layers, such as '28x28 > dense 10'");
  if (!fits(spec.input))
    throw Error(ErrorCode::invalid_argument, "the model's input has more than 2^31 values");
  if (spec.layers.size() > most_layers)
    throw Error(ErrorCode::invalid_argument,
                "the model has more than " + std::to_string(most_layers) + " layers");
  std::vector<Shape> shapes;
  Shape shape = spec.input;
  std::uint64_t values = spec.input.size();  // of inputs, parameters and outputs
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const auto place = "layer " + std::to_string(i) + " (" + to_string(spec.layers[i]) + "): ";
    if (shape.size() == 0) throw Error(ErrorCode::invalid_argument, place + "its input is empty");
    if (const auto* dense = std::get_if<Dense>(&spec.layers[i])) {
      if (dense->outputs == 0) throw Error(ErrorCode::invalid_argument, place + "it has no outputs");
      if (dense->outputs > most_values || dense->outputs * (shape.size() + 1) > most_values - values)
        throw Error(ErrorCode::invalid_argument, place + "the model would have more than 2^31 parameters");
      values += dense->outputs * (shape.size() + 1);
      shape = {1, 1, dense->outputs};
    }
    if (shape.size() > most_values - values)
      throw Error(ErrorCode::invalid_argument, place + "the model would have more than 2^31 values");
    values += shape.size();
    shapes.push_back(shape);
  }
  return shapes;
}

}  // namespace scrawl
