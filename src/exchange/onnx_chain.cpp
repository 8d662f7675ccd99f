#include "exchange/onnx_chain.h"

#include "scrawl/error.h"

#include "base/text.h"

#include <algorithm>
#include <string>
#include <utility>

namespace scrawl {
namespace {

using Integers = std::vector<std::int64_t>;

constexpr std::int64_t most_extent = std::int64_t{1} << 31;

/// How many places the window must lie outside of the picture so that each stride has one output.
std::int64_t same_padding(std::int64_t length, std::int64_t window, std::int64_t stride) {
  return std::max<std::int64_t>(0, ((length + stride - 1) / stride - 1) * stride + window - length);
}

/// Top, left, bottom, right.
Integers paddings(const OnnxNodeReader& reader, const Shape& input, const OnnxWindow& window) {
  const std::string automatic = reader.attribute("auto_pad", std::string("NOTSET"));
  if (automatic == "VALID") return {0, 0, 0, 0};
  if (automatic == "NOTSET") {
    Integers pads = reader.has("pads") ? reader.integers("pads") : Integers{0, 0, 0, 0};
    if (pads.size() != 4)
      throw reader.unsupported("has " + counted(pads.size(), "value") + " of 'pads', not four");
    return pads;
  }
  if (automatic != "SAME_UPPER" && automatic != "SAME_LOWER")
    throw reader.damaged("its attribute 'auto_pad' is " + quoted_name(automatic));
  const auto signed_of = [](std::size_t n) { return static_cast<std::int64_t>(n); };
  const auto stride = signed_of(window.stride);
  const std::int64_t height = same_padding(signed_of(input.height), signed_of(window.height), stride);
  const std::int64_t width = same_padding(signed_of(input.width), signed_of(window.width), stride);
  return {height / 2, width / 2, height - height / 2, width - width / 2};
}

}  // namespace

std::pair<std::int64_t, std::int64_t> pair_of(const OnnxNodeReader& reader, const char* name,
                                              std::int64_t fallback) {
  if (!reader.has(name)) return {fallback, fallback};
  const Integers values = reader.integers(name);
  if (values.size() != 2)
    throw reader.unsupported(std::string("has ") + counted(values.size(), "value") + " of '" + name +
                             "'; scrawl supports pictures, with a height and a width");
  for (const auto value : values)
    if (value < 1 || value > most_extent)
      throw reader.damaged(std::string("its '") + name + "' is " + std::to_string(value));
  return {values[0], values[1]};
}

OnnxWindow read_window(const OnnxNodeReader& reader, const Shape& input, std::int64_t height,
                       std::int64_t width) {
  const auto dilations = pair_of(reader, "dilations", 1);
  if (dilations != std::pair<std::int64_t, std::int64_t>(1, 1))
    throw reader.unsupported("is dilated (dilations); scrawl supports windows without gaps");
  const auto strides = pair_of(reader, "strides", 1);
  if (strides.first != strides.second)
    throw reader.unsupported("has two strides, " + std::to_string(strides.first) + " and " +
                             std::to_string(strides.second) + "; scrawl supports one for both directions");
  OnnxWindow window{.height = static_cast<std::size_t>(height),
                    .width = static_cast<std::size_t>(width),
                    .stride = static_cast<std::size_t>(strides.first)};
  const Integers pads = paddings(reader, input, window);
  if (std::any_of(pads.begin(), pads.end(), [&](auto pad) { return pad != pads[0]; }))
    throw reader.unsupported("pads the four sides of the picture by " + std::to_string(pads[0]) + ", " +
                             std::to_string(pads[1]) + ", " + std::to_string(pads[2]) + " and " +
                             std::to_string(pads[3]) + "; scrawl supports one padding for all sides");
  if (pads[0] < 0 || pads[0] > most_extent) throw reader.damaged("its padding is " + std::to_string(pads[0]));
  window.padding = static_cast<std::size_t>(pads[0]);
  return window;
}

void check_rounding(const OnnxNodeReader& reader, const Shape& input, const OnnxWindow& window) {
  if (reader.integer("ceil_mode", 0) == 0) return;
  const auto remains = [&](std::size_t length, std::size_t size) {
    const std::size_t padded = length + 2 * window.padding;
    return padded < size || (padded - size) % window.stride != 0;
  };
  if (remains(input.height, window.height) || remains(input.width, window.width))
    throw reader.unsupported("rounds its size up (ceil_mode); scrawl ignores windows that do not fit");
}

void OnnxChain::require_floats(const OnnxNodeReader& reader) const {
  if (whole_numbers) throw reader.unsupported("its input is not floating-point; put a Cast before it");
}

void OnnxChain::require_picture(const OnnxNodeReader& reader) {
  require_floats(reader);
  if (shape.size() != 4 || channels_last)
    throw reader.unsupported("its input is not (images, channels, height, width)");
  const auto length = [&](std::size_t i) { return static_cast<std::size_t>(shape[i]); };
  const Shape picture = {length(1), length(2), length(3)};
  if (spec.layers.empty()) spec.input = layer_shape = picture;
  if (layer_shape != picture)
    throw reader.unsupported("reads values that were reshaped from " + to_string(layer_shape) + " to " +
                             to_string(picture) + "; scrawl makes pictures of the images only");
}

void OnnxChain::add_layer(const OnnxNodeReader& reader, const LayerSpec& layer, LayerValues arrays) {
  require_floats(reader);
  try {
    layer_shape = infer_shapes({layer_shape, {layer}}).back();
  } catch (const Error& error) {
    throw reader.unsupported(error.message());
  }
  if (!arrays.weights.empty()) values[spec.layers.size()] = std::move(arrays);
  spec.layers.push_back(layer);
}

void OnnxChain::set_picture_shape() {
  const auto& [channels, height, width] = layer_shape;
  shape = {batch_length, static_cast<std::int64_t>(channels), static_cast<std::int64_t>(height),
           static_cast<std::int64_t>(width)};
}

/// The window of a layer, with the padding of a Pad before it.
OnnxWindow OnnxChain::take_window(const OnnxNodeReader& reader, std::int64_t height, std::int64_t width) {
  const Shape padded = {layer_shape.channels, layer_shape.height + 2 * padding,
                        layer_shape.width + 2 * padding};
  OnnxWindow window = read_window(reader, padded, height, width);
  window.padding += std::exchange(padding, 0);
  return window;
}

/// The values of a constant input of shape (length).
std::vector<float> OnnxChain::vector_of(const OnnxNodeReader& reader, std::size_t input, const char* what,
                                        std::size_t length) const {
  const Tensor* tensor = constants.find(reader.input(input));
  if (tensor == nullptr)
    throw reader.unsupported(std::string("its ") + what +
                             " must be a constant; export the model in evaluation mode");
  if (tensor->shape != std::vector{length})
    throw reader.damaged(std::string("its ") + what + " " + quoted_name(reader.input(input)) +
                         " has the shape " + shape_text(tensor->shape) + ", and " +
                         shape_text(std::vector{length}) + " is needed");
  return constants.floats(reader, input);
}

void OnnxChain::advance(const OnnxNodeReader& reader, const std::string& became) {
  notes.push_back(reader.op() + " " + quoted_name(reader.node().name) + " -> " + became);
  current = reader.node().outputs[0];
  gate_input.clear();
}

}  // namespace scrawl
