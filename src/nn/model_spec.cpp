#include "scrawl/model_spec.h"

#include "scrawl/error.h"
#include "scrawl/layer.h"

#include "base/text.h"
#include "nn/layers.h"
#include "nn/model_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace scrawl {
namespace {

constexpr std::size_t most_layers = 1000;
constexpr std::size_t longest_layer_name = 40;

// The words of the text form. LayerWriter and parse_layer are the two places that know a layer's syntax.
constexpr std::array<std::string_view, 4> layer_words = {"dense", "sigmoid", "relu", "tanh"};

struct LayerWriter {
  std::string operator()(const Dense& dense) const {
    return "dense " + std::to_string(dense.outputs) + (dense.bias ? "" : " nobias");
  }
  std::string operator()(const Sigmoid&) const { return "sigmoid"; }
  std::string operator()(const Relu&) const { return "relu"; }
  std::string operator()(const Tanh&) const { return "tanh"; }
  std::string operator()(const CustomLayer& custom) const { return custom.name; }
};

bool is_layer_name(std::string_view name) {
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && name.size() <= longest_layer_name && is_lower(name[0]) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_lower(c) || (c >= '0' && c <= '9') || c == '-'; });
}

bool is_known(std::string_view word) {
  return std::find(layer_words.begin(), layer_words.end(), word) != layer_words.end();
}

void check_name(const CustomLayer& layer) {
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorCode::invalid_argument,
                "the custom layer's name '" + printable(layer.name) + "' " + why);
  };
  if (!is_layer_name(layer.name))
    refuse("must be a lower-case letter with at most 39 lower-case letters, digits and '-' behind it");
  if (is_known(layer.name)) refuse("is that of a layer of scrawl's own; choose another");
}

/// What may stand at the beginning of a layer.
std::vector<std::string_view> words_for(const std::vector<CustomLayer>& custom) {
  std::vector<std::string_view> words(layer_words.begin(), layer_words.end());
  for (const auto& layer : custom) words.push_back(layer.name);
  return words;
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

LayerSpec parse_layer(std::string_view part, const std::vector<CustomLayer>& custom) {
  const auto words = words_of(part);
  if (words.empty()) fail(part, "nothing between two '>'");
  const auto name = words[0];
  const auto own = std::find_if(custom.begin(), custom.end(),
                                [&](const CustomLayer& candidate) { return candidate.name == name; });
  if (name == "dense") return parse_dense(part, words);
  LayerSpec layer;
  if (name == "sigmoid") {
    layer = Sigmoid{};
  } else if (name == "relu") {
    layer = Relu{};
  } else if (name == "tanh") {
    layer = Tanh{};
  } else if (own != custom.end()) {
    layer = *own;
  } else {
    const auto known = words_for(custom);
    const bool may_be_custom = is_layer_name(name) && nearest(name, known).empty();
    fail(part, "unknown layer '" + std::string(name) + "'" + suggestion(name, known) +
                   (may_be_custom ? "; a program's own layer is known where its CustomLayer is given" : ""));
  }
  if (words.size() > 1) fail(part, "'" + std::string(name) + "' takes no options");
  return layer;
}

struct LayerSize {
  Shape output;
  std::uint64_t kept = 0;  // parameters and state
};

/// A kind of layer that is forgotten does not compile.
struct SizeOf {
  const Shape& input;

  LayerSize operator()(const Dense& dense) const {
    const bool is_possible = dense.outputs <= most_model_values;
    return {{1, 1, dense.outputs}, is_possible ? dense.outputs * (input.size() + 1) : most_model_values + 1};
  }
  LayerSize operator()(const Sigmoid&) const { return {input}; }
  LayerSize operator()(const Relu&) const { return {input}; }
  LayerSize operator()(const Tanh&) const { return {input}; }
  LayerSize operator()(const CustomLayer& custom) const {
    check_name(custom);
    const auto layer = make_custom<float>(custom, input);
    LayerSize size{layer->output_shape(), layer->state_size()};
    for (const auto& info : layer->parameters()) size.kept += info.size();
    return size;
  }
};

}  // namespace

std::string foreign_layer(std::string_view model, const std::vector<CustomLayer>& custom) {
  const auto known = words_for(custom);
  const auto parts = split(model, '>');
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto words = words_of(parts[i]);
    if (words.empty() || !is_layer_name(words[0])) continue;
    if (std::find(known.begin(), known.end(), words[0]) != known.end()) continue;
    if (nearest(words[0], known).empty()) return std::string(words[0]);
  }
  return "";
}

std::string own_layers() {
  std::string text;
  for (std::size_t i = 0; i < layer_words.size(); ++i)
    text += (i == 0 ? "" : i + 1 < layer_words.size() ? ", " : " and ") + std::string(layer_words[i]);
  return text;
}

std::string to_string(const LayerSpec& layer) { return std::visit(LayerWriter(), layer); }

std::string to_string(const ModelSpec& spec) {
  std::string text = to_string(spec.input);
  for (const auto& layer : spec.layers) text += " > " + to_string(layer);
  return text;
}

ModelSpec parse_model(std::string_view text, const std::vector<CustomLayer>& custom) {
  for (std::size_t i = 0; i < custom.size(); ++i) {
    check_name(custom[i]);
    if (std::find(custom.begin(), custom.begin() + static_cast<std::ptrdiff_t>(i), custom[i]) !=
        custom.begin() + static_cast<std::ptrdiff_t>(i))
      throw Error(ErrorCode::invalid_argument, "two custom layers are called '" + custom[i].name + "'");
  }
  const auto parts = split(text, '>');
  ModelSpec spec;
  spec.input = parse_shape(trimmed(parts[0]));
  for (std::size_t i = 1; i < parts.size(); ++i) spec.layers.push_back(parse_layer(parts[i], custom));
  infer_shapes(spec);
  return spec;
}

std::vector<Shape> infer_shapes(const ModelSpec& spec) {
  if (spec.layers.empty())
    throw Error(ErrorCode::invalid_argument,
                "the model has no layers; write the input shape and layers, such as '28x28 > dense 10'");
  if (!is_small_enough(spec.input))
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
    const LayerSize size = std::visit(SizeOf{shape}, spec.layers[i]);
    if (size.output.size() == 0) throw Error(ErrorCode::invalid_argument, place + "it has no outputs");
    if (size.kept > most_model_values - values)
      throw Error(ErrorCode::invalid_argument, place + "the model would have more than 2^31 parameters");
    values += size.kept;
    shape = size.output;
    if (shape.size() > most_model_values - values)
      throw Error(ErrorCode::invalid_argument, place + "the model would have more than 2^31 values");
    values += shape.size();
    shapes.push_back(shape);
  }
  return shapes;
}

}  // namespace scrawl
