#pragma once

#include "exchange/onnx_graph.h"
#include "exchange/onnx_import.h"

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scrawl {

/// What turns the outputs of a network that was trained with squared errors into probabilities, see
/// export_onnx.
inline constexpr std::array<std::string_view, 5> squared_error_tail = {"Sub", "Div", "Max", "ReduceSum",
                                                                       "Div"};

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

/// One operation with a constant on the pixels, in front of the first layer.
struct PixelStep {
  enum class Kind { add, subtract, subtract_from, multiply, divide };
  Kind kind = Kind::add;
  std::vector<float> values = {};       ///< of the constant
  std::vector<std::size_t> shape = {};  ///< of the constant
  OnnxShape image = {};                 ///< of what it is combined with; broadcasts(shape, image)
};

/// The steps in order as a Preprocessing: part by part where they are divide, multiply, add (one number
/// each), subtract, divide; folded into one factor and one offset, or into a mean and a deviation for each
/// pixel, where they are others. Throws Error(unsupported) that names `file` where a pixel would be
/// multiplied by 0, or a value is too large.
Preprocessing to_preprocessing(std::span<const PixelStep> steps, std::size_t pixels, const std::string& file);

/// Follows the values that depend on the images from node to node. Nodes stand in an order in which each one
/// uses only what is there already, so one pass is enough, and a cycle cannot be entered.
class OnnxImporter {
 public:
  OnnxImporter(const OnnxModel& model, const std::string& file)
      : model_(model), file_(file), constants_(model, file) {}

  OnnxImport run();

 private:
  using Handler = void (OnnxImporter::*)(const OnnxNodeReader&);
  struct Operator {
    std::string_view name;
    Handler read;                 // null for one that only constants use
    std::string_view attributes;  // up to opset 25, which differs from 24 in types of two bits only
  };
  static const std::array<Operator, 33> operators;
  static const Operator* find_operator(const OnnxNodeReader& reader);

  void check_opset();
  void read_input();
  void read_node(const OnnxNodeReader& reader);
  void read_operator(const OnnxNodeReader& reader);
  static void check_attributes(const OnnxNodeReader& reader);
  void check_output() const;
  OnnxImport finish();

  void gemm(const OnnxNodeReader& reader);
  void matmul(const OnnxNodeReader& reader);
  void dense(const OnnxNodeReader& reader, bool transposed, float scale);
  void set_bias(const OnnxNodeReader& reader, std::size_t input, float scale);
  std::vector<float> vector_of(const OnnxNodeReader& reader, std::size_t input, const char* what,
                               std::size_t length) const;
  void pad(const OnnxNodeReader& reader);
  void convolution(const OnnxNodeReader& reader);
  template <class Pool>
  void pool(const OnnxNodeReader& reader);
  void global_pool(const OnnxNodeReader& reader);
  void norm(const OnnxNodeReader& reader);
  void transpose(const OnnxNodeReader& reader);
  template <class Layer>
  void activation(const OnnxNodeReader& reader);
  void leaky_relu(const OnnxNodeReader& reader);
  void arithmetic(const OnnxNodeReader& reader);
  void pixel_step(const OnnxNodeReader& reader);
  void softmax(const OnnxNodeReader& reader);
  void tail_step(const OnnxNodeReader& reader);
  float tail_constant(const OnnxNodeReader& reader) const;
  void rearrange(const OnnxNodeReader& reader);
  void pass(const OnnxNodeReader& reader);
  void cast(const OnnxNodeReader& reader);
  void shape_of(const OnnxNodeReader& reader);

  /// Adds a layer. Throws Error(unsupported) where it does not fit what is there.
  void add_layer(const OnnxNodeReader& reader, const LayerSpec& layer, LayerValues values = {});
  /// Values of shape (batch, C, H, W), which a layer that works on pictures needs.
  void require_picture(const OnnxNodeReader& reader);
  void set_picture_shape();
  OnnxWindow take_window(const OnnxNodeReader& reader, std::int64_t height, std::int64_t width);
  void require_floats(const OnnxNodeReader& reader) const;
  bool is_gate(const OnnxNodeReader& reader) const;
  void gate(const OnnxNodeReader& reader);
  void set_channel_bias(const OnnxNodeReader& reader, std::size_t input);

  /// The node's first output is what the layers behind it see.
  void advance(const OnnxNodeReader& reader, const std::string& became);
  bool is_current(const std::string& name) const { return name == current_; }

  const OnnxModel& model_;
  const std::string& file_;
  OnnxConstants constants_;
  std::set<std::string> names_;  // of all values so far
  std::string current_;          // the name of the images, or of what the layers so far make of them
  OnnxShape shape_;              // of current_
  std::optional<std::int64_t> fixed_batch_;
  bool whole_numbers_ = false;  // current_ holds integers, for which Div rounds

  ModelSpec spec_;
  Shape layer_shape_;           // of what the last layer makes, and before the first, of the images
  bool channels_last_ = false;  // current_ has it as (height, width, channel)
  std::map<std::size_t, LayerValues> values_;  // by the places of the layers
  std::size_t padding_ = 0;                    // of zeros around current_, for the next layer
  std::string gate_input_;                     // what the Sigmoid that made current_ has read
  std::vector<PixelStep> pixel_steps_;
  std::size_t tail_steps_ = 0;  // of squared_error_tail
  std::string tail_sum_;
  SquaredError squared_error_;
  bool has_softmax_ = false;
  std::vector<std::string> notes_;
};

}  // namespace scrawl
