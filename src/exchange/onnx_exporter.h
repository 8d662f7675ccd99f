#pragma once

#include "scrawl/model.h"

#include "formats/onnx.h"

#include <map>
#include <string>
#include <vector>

namespace scrawl {

/// Writes a chain of nodes; each one reads what the one before it made.
class OnnxExporter {
 public:
  explicit OnnxExporter(const Member& member) : member_(member) {}

  OnnxModel run(const std::string& name);

 private:
  friend struct OnnxLayerWriter;
  using Lengths = std::vector<std::size_t>;

  void write_metadata();
  void write_input();
  void write_preprocessing();
  /// Brings the values into the form that layer `i` wants, and writes it.
  void write_layer(std::size_t i);

  void write_softmax();
  void write_probabilities(const SoftmaxCrossEntropy& loss);
  void write_probabilities(const MulticlassHinge& loss);
  void write_probabilities(const SquaredError& loss);

  void flatten(const std::string& name);
  void unflatten(const std::string& name, const Shape& shape);

  void node(const std::string& op, const std::string& name, const std::vector<std::string>& operands = {},
            std::map<std::string, OnnxAttributeValue> attributes = {});
  /// Add a constant; return its name.
  std::string tensor(const std::string& name, Lengths shape, const std::vector<float>& values);
  std::string integers(const std::string& name, const std::vector<std::int64_t>& values);
  /// Adds a parameter of the model by the name that it has there.
  std::string parameter(const std::string& name);

  const Member& member_;
  OnnxModel graph_;
  std::string current_;   // the name of the values so far
  bool is_flat_ = false;  // they are (batch, N), not (batch, C, H, W)
};

}  // namespace scrawl
