#pragma once

#include "scrawl/model_spec.h"

#include "exchange/onnx_graph.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace scrawl {

/// The arrays of one layer: weights as (outputs, inputs) or (outputs, inputs, height, width).
struct LayerValues {
  std::vector<float> weights = {};
  std::vector<float> bias = {};
  std::vector<float> mean = {};
  std::vector<float> variance = {};
};

/// What Conv and the poolings say of their window, where scrawl can say it too.
struct OnnxWindow {
  std::size_t height = 0;
  std::size_t width = 0;
  std::size_t stride = 1;
  std::size_t padding = 0;
};

/// The attribute's two lengths, or `fallback` for both. Throws Error where it has others.
std::pair<std::int64_t, std::int64_t> pair_of(const OnnxNodeReader& reader, const char* name,
                                              std::int64_t fallback);

/// Strides and paddings of a window of `height` x `width` that goes over `input`. Throws Error(unsupported)
/// for dilations, and for strides and paddings that are not the same in all directions.
OnnxWindow read_window(const OnnxNodeReader& reader, const Shape& input, std::int64_t height,
                       std::int64_t width);

/// Throws Error(unsupported) where rounding up (ceil_mode) would make further windows.
void check_rounding(const OnnxNodeReader& reader, const Shape& input, const OnnxWindow& window);

/// The layers so far, and what a graph's nodes make of the images up to here. Nodes stand in an order in
/// which each one uses only what is there already, so one pass is enough, and a cycle cannot be entered.
struct OnnxChain {
  OnnxConstants constants;
  std::string current = {};    ///< the name of the images, or of what the layers so far make of them
  OnnxShape shape = {};        ///< of `current`
  bool whole_numbers = false;  ///< `current` holds integers, for which Div rounds
  ModelSpec spec = {};
  std::map<std::size_t, LayerValues> values = {};  ///< by the places of the layers
  Shape layer_shape = {};       ///< of what the last layer makes, and before the first, of the images
  bool channels_last = false;   ///< `current` has it as (height, width, channel)
  std::size_t padding = 0;      ///< of zeros around `current`, for the next layer
  std::string gate_input = {};  ///< what the Sigmoid that made `current` has read
  std::vector<std::string> notes = {};

  /// Throws Error(unsupported) for whole numbers.
  void require_floats(const OnnxNodeReader& reader) const;
  /// Values of shape (batch, C, H, W), which a layer that works on pictures needs.
  void require_picture(const OnnxNodeReader& reader);

  /// Adds a layer. Throws Error(unsupported) where it does not fit what is there.
  void add_layer(const OnnxNodeReader& reader, const LayerSpec& layer, LayerValues arrays = {});
  /// `shape` becomes that of the pictures which the last layer makes.
  void set_picture_shape();
  /// The window of a layer, with the padding of a Pad before it.
  OnnxWindow take_window(const OnnxNodeReader& reader, std::int64_t height, std::int64_t width);
  /// The values of a constant input of shape (length).
  std::vector<float> vector_of(const OnnxNodeReader& reader, std::size_t input, const char* what,
                               std::size_t length) const;

  /// The node's first output is what the layers behind it see.
  void advance(const OnnxNodeReader& reader, const std::string& became);
  bool is_current(const std::string& name) const { return name == current; }
};

}  // namespace scrawl
