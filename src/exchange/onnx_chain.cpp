#include "exchange/onnx_chain.h"

#include "scrawl/error.h"

#include "base/text.h"

#include <utility>

namespace scrawl {

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
