#pragma once

#include "model/onnx_graph.h"
#include "model/onnx_import.h"
#include "model/onnx_preprocessing.h"

#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace scrawl {

/// What turns the outputs of a network that was trained with squared errors into probabilities, see
/// export_onnx.
inline constexpr std::array<std::string_view, 5> squared_error_tail = {"Sub", "Div", "Max", "ReduceSum",
                                                                       "Div"};

/// A dense layer as the file has it: weights as (outputs, inputs).
struct DenseValues {
  std::vector<float> weights;
  std::vector<float> bias;
};

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
    Handler read;
  };
  static const std::array<Operator, 21> operators;

  void read_input();
  void read_node(const OnnxNodeReader& reader);
  void read_operator(const OnnxNodeReader& reader);
  void check_output() const;
  OnnxImport finish();

  void gemm(const OnnxNodeReader& reader);
  void matmul(const OnnxNodeReader& reader);
  void dense(const OnnxNodeReader& reader, bool transposed, float scale);
  void set_bias(const OnnxNodeReader& reader, std::size_t input, float scale);
  template <class Layer>
  void activation(const OnnxNodeReader& reader);
  void arithmetic(const OnnxNodeReader& reader);
  void pixel_step(const OnnxNodeReader& reader);
  void softmax(const OnnxNodeReader& reader);
  void tail_step(const OnnxNodeReader& reader);
  float tail_constant(const OnnxNodeReader& reader) const;
  void rearrange(const OnnxNodeReader& reader);
  void pass(const OnnxNodeReader& reader);
  void cast(const OnnxNodeReader& reader);
  void shape_of(const OnnxNodeReader& reader);

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
  std::vector<PixelStep> pixel_steps_;
  std::vector<DenseValues> dense_;
  std::size_t tail_steps_ = 0;  // of squared_error_tail
  std::string tail_sum_;
  SquaredError squared_error_;
  bool has_softmax_ = false;
  std::vector<std::string> notes_;
};

}  // namespace scrawl
