#include "scrawl/model_spec.h"

#include "scrawl/error.h"
#include "scrawl/layer.h"

#include "base/text.h"
#include "nn/layer_kinds.h"
#include "nn/layers.h"

#include <algorithm>
#include <cstdint>

namespace scrawl {
namespace {

constexpr std::size_t most_layers = 1000;
constexpr std::size_t longest_layer_name = 40;

bool is_layer_name(std::string_view name) {
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && name.size() <= longest_layer_name && is_lower(name[0]) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_lower(c) || (c >= '0' && c <= '9') || c == '-'; });
}

bool is_known(std::string_view word) {
  const auto words = own_layer_words();
  return std::find(words.begin(), words.end(), word) != words.end();
}

void check_name(const CustomLayer& layer) {
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorCode::invalid_argument,
                "the custom layer's name '" + printable(layer.name) + "' " + why);
  };
  if (!is_layer_name(layer.name))
    refuse("must be a lower-case letter, then at most 39 lower-case letters, digits and '-'");
  if (is_known(layer.name)) refuse("is the name of a built-in layer; choose another");
}

/// What may stand at the beginning of a layer.
std::vector<std::string_view> words_for(const std::vector<CustomLayer>& custom) {
  auto words = own_layer_words();
  for (const auto& layer : custom) words.push_back(layer.name);
  return words;
}

LayerSpec parse_any_layer(std::string_view part, const std::vector<CustomLayer>& custom) {
  const auto words = layer_words_of(part);
  if (words.empty()) refuse_layer(part, "nothing between two '>'");
  const auto name = words[0];
  if (is_known(name)) return parse_layer(part);
  const auto own = std::find_if(custom.begin(), custom.end(),
                                [&](const CustomLayer& candidate) { return candidate.name == name; });
  if (own == custom.end()) {
    const auto known = words_for(custom);
    const bool may_be_custom = is_layer_name(name) && nearest(name, known).empty();
    refuse_layer(part,
                 "unknown layer '" + std::string(name) + "'" + suggestion(name, known) +
                     (may_be_custom ? "; a custom layer is known only if its CustomLayer is passed" : ""));
  }
  if (words.size() > 1) refuse_layer(part, "'" + std::string(name) + "' takes no options");
  return *own;
}

}  // namespace

void refuse_limits(const std::string& why) { throw Error(ErrorCode::invalid_argument, why); }

void check_window(const Shape& input, std::size_t height, std::size_t width, std::size_t stride,
                  std::size_t padding) {
  if (height == 0 || width == 0 || stride == 0) refuse_limits("its window and its stride must be 1 or more");
  if (padding >= height || padding >= width) refuse_limits("its padding must be smaller than its window");
  if (height > most_model_values || width > most_model_values || height > input.height + 2 * padding ||
      width > input.width + 2 * padding)
    refuse_limits("its window of " + std::to_string(height) + "x" + std::to_string(width) +
                  " is larger than its input, " + to_string(input));
}

void LayerKind<CustomLayer>::check(const CustomLayer& custom, const Shape&) { check_name(custom); }

std::string foreign_layer(std::string_view model, const std::vector<CustomLayer>& custom) {
  const auto known = words_for(custom);
  const auto parts = split(model, '>');
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto words = layer_words_of(parts[i]);
    if (words.empty() || !is_layer_name(words[0])) continue;
    if (std::find(known.begin(), known.end(), words[0]) != known.end()) continue;
    if (nearest(words[0], known).empty()) return std::string(words[0]);
  }
  return "";
}

std::string own_layers() {
  std::string text;
  const auto words = own_layer_words();
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 < words.size() ? ", " : " and ") + std::string(words[i]);
  return text;
}

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
  for (std::size_t i = 1; i < parts.size(); ++i) spec.layers.push_back(parse_any_layer(parts[i], custom));
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
    const auto layer = [&] {
      try {
        std::visit([&]<class Spec>(const Spec& kind) { LayerKind<Spec>::check(kind, shape); },
                   spec.layers[i]);
        return make_layer<float>(spec.layers[i], shape);
      } catch (const Error& error) {
        throw Error(error.code(), place + error.what());
      }
    }();
    shape = layer->output_shape();
    if (shape.channels == 0 || shape.height == 0 || shape.width == 0)
      throw Error(ErrorCode::invalid_argument, place + "it has no outputs");
    std::uint64_t kept = layer->traits().state_size;
    for (const auto& info : layer->parameters()) kept += bounded_count(info.shape);
    if (kept > most_model_values - values)
      throw Error(ErrorCode::invalid_argument, place + "the model would have more than 2^31 parameters");
    values += kept;
    if (!is_small_enough(shape) || shape.size() > most_model_values - values)
      throw Error(ErrorCode::invalid_argument, place + "the model would have more than 2^31 values");
    values += shape.size();
    shapes.push_back(shape);
  }
  return shapes;
}

}  // namespace scrawl
