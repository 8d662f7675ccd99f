#include "scrawl/model_spec.h"

#include "scrawl/error.h"
#include "scrawl/layer.h"

#include "base/text.h"
#include "kernels/convolution.h"
#include "nn/layer_text.h"
#include "nn/layers.h"
#include "nn/model_text.h"

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
    refuse_layer(
        part, "unknown layer '" + std::string(name) + "'" + suggestion(name, known) +
                  (may_be_custom ? "; a program's own layer is known where its CustomLayer is given" : ""));
  }
  if (words.size() > 1) refuse_layer(part, "'" + std::string(name) + "' takes no options");
  return *own;
}

struct LayerSize {
  Shape output;
  std::uint64_t kept = 0;  // parameters and state
};

/// A kind of layer that is forgotten does not compile. Errors say why the layer does not fit.
struct SizeOf {
  const Shape& input;

  LayerSize operator()(const Dense& dense) const {
    return {{1, 1, dense.outputs}, at_most(dense.outputs, input.size() + 1)};
  }
  LayerSize operator()(const Conv2d& conv) const {
    const Shape places = window(conv.kernel_height, conv.kernel_width, conv.stride, conv.padding);
    const std::uint64_t taps = at_most(at_most(input.channels, conv.kernel_height), conv.kernel_width);
    return {{conv.outputs, places.height, places.width}, at_most(conv.outputs, taps + 1)};
  }
  LayerSize operator()(const MaxPool& pool) const { return {pooled(pool)}; }
  LayerSize operator()(const AveragePool& pool) const { return {pooled(pool)}; }
  LayerSize operator()(const GlobalAveragePool&) const { return {{1, 1, input.channels}}; }
  LayerSize operator()(const BatchNorm& norm) const {
    if (!(norm.momentum >= 0 && norm.momentum <= 1 && norm.epsilon > 0 && norm.epsilon < 1))
      throw Error(ErrorCode::invalid_argument,
                  "its momentum must be from 0 to 1, its epsilon above 0 and below 1");
    return {input, 4 * normalised_channels(input)};
  }
  LayerSize operator()(const LeakyRelu& relu) const {
    if (!(relu.slope >= 0 && relu.slope < 1))
      throw Error(ErrorCode::invalid_argument, "its slope must be from 0 to below 1");
    return {input};
  }
  LayerSize operator()(const Dropout& dropout) const {
    if (!(dropout.rate >= 0 && dropout.rate < 1))
      throw Error(ErrorCode::invalid_argument, "its rate must be from 0 to below 1");
    return {input};
  }
  LayerSize operator()(const Flatten&) const { return {{1, 1, input.size()}}; }
  template <class Activation>
  LayerSize operator()(const Activation&) const {
    return {input};
  }
  LayerSize operator()(const CustomLayer& custom) const {
    check_name(custom);
    const auto layer = make_custom<float>(custom, input);
    LayerSize size{layer->output_shape(), layer->traits().state_size};
    for (const auto& info : layer->parameters()) size.kept += info.size();
    return size;
  }

 private:
  /// The product, or something too large.
  static std::uint64_t at_most(std::uint64_t a, std::uint64_t b) {
    return b == 0 || a <= most_model_values / b ? a * b : most_model_values + 1;
  }

  template <class Pool>
  Shape pooled(const Pool& pool) const {
    if (pool.padding > pool.size / 2)
      throw Error(ErrorCode::invalid_argument,
                  "a padding above half its size leaves windows without a picture");
    return window(pool.size, pool.size, pool.stride, pool.padding);
  }

  Shape window(std::size_t height, std::size_t width, std::size_t stride, std::size_t padding) const {
    if (height == 0 || width == 0 || stride == 0)
      throw Error(ErrorCode::invalid_argument, "its window and its stride must be 1 or more");
    if (padding >= height || padding >= width)
      throw Error(ErrorCode::invalid_argument, "its padding must be smaller than its window");
    if (height > most_model_values || width > most_model_values || height > input.height + 2 * padding ||
        width > input.width + 2 * padding)
      throw Error(ErrorCode::invalid_argument, "its window of " + std::to_string(height) + "x" +
                                                   std::to_string(width) + " is larger than its input, " +
                                                   to_string(input));
    const auto window = kernels::window_over(input, height, width, stride, padding);
    return {input.channels, window.out_height, window.out_width};
  }
};

}  // namespace

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
  for (std::size_t i = 0; i < layer_words.size(); ++i)
    text += (i == 0 ? "" : i + 1 < layer_words.size() ? ", " : " and ") + std::string(layer_words[i]);
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
    const LayerSize size = [&] {
      try {
        return std::visit(SizeOf{shape}, spec.layers[i]);
      } catch (const Error& error) {
        throw Error(error.code(), place + error.what());
      }
    }();
    if (size.output.channels == 0 || size.output.height == 0 || size.output.width == 0)
      throw Error(ErrorCode::invalid_argument, place + "it has no outputs");
    if (size.kept > most_model_values - values)
      throw Error(ErrorCode::invalid_argument, place + "the model would have more than 2^31 parameters");
    values += size.kept;
    shape = size.output;
    if (!is_small_enough(shape) || shape.size() > most_model_values - values)
      throw Error(ErrorCode::invalid_argument, place + "the model would have more than 2^31 values");
    values += shape.size();
    shapes.push_back(shape);
  }
  return shapes;
}

}  // namespace scrawl
