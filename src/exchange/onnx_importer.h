#pragma once

#include "exchange/onnx_chain.h"
#include "exchange/onnx_import.h"
#include "exchange/onnx_layers.h"

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
      : model_(model), file_(file), chain_{.constants = OnnxConstants(model, file)} {}

  OnnxImport run();

 private:
  using Handler = void (OnnxImporter::*)(const OnnxNodeReader&);
  struct Operator {
    std::string_view name;
    Handler read;                 // null for one that only constants use
    std::string_view attributes;  // as in OnnxLayerOperator
  };
  static const std::array<Operator, 21> operators;  // besides onnx_layer_operators()

  void check_opset();
  void read_input();
  void read_node(const OnnxNodeReader& reader);
  void read_operator(const OnnxNodeReader& reader);
  static void check_attributes(const OnnxNodeReader& reader);
  void check_output() const;
  OnnxImport finish();

  void pad(const OnnxNodeReader& reader);
  void transpose(const OnnxNodeReader& reader);
  void arithmetic(const OnnxNodeReader& reader);
  void pixel_step(const OnnxNodeReader& reader);
  void softmax(const OnnxNodeReader& reader);
  void tail_step(const OnnxNodeReader& reader);
  float tail_constant(const OnnxNodeReader& reader) const;
  void rearrange(const OnnxNodeReader& reader);
  void pass(const OnnxNodeReader& reader);
  void cast(const OnnxNodeReader& reader);
  void shape_of(const OnnxNodeReader& reader);

  const OnnxModel& model_;
  const std::string& file_;
  OnnxChain chain_;
  std::set<std::string> names_;  // of all values so far
  std::optional<std::int64_t> fixed_batch_;
  std::vector<PixelStep> pixel_steps_;
  std::size_t tail_steps_ = 0;  // of squared_error_tail
  std::string tail_sum_;
  SquaredError squared_error_;
  bool has_softmax_ = false;
};

}  // namespace scrawl
