#pragma once

#include "scrawl/error.h"

#include "formats/onnx.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace scrawl {

/// A shape inside a graph. Where the values depend on the images, its first length is `batch_length`.
using OnnxShape = std::vector<std::int64_t>;

/// Stands for the number of images, which is not known before the graph runs. Exporters write code that looks
/// lengths up in shapes and puts new shapes together; this value passes through it unchanged.
constexpr std::int64_t batch_length = std::numeric_limits<std::int64_t>::min();

/// The product of the lengths behind the first.
std::size_t values_per_image(const OnnxShape& shape);

/// One node and the file's name, for reading attributes and for complete messages.
class OnnxNodeReader {
 public:
  OnnxNodeReader(const OnnxNode& node, std::int64_t opset, const std::string& file)
      : node_(node), opset_(opset), file_(file) {}

  const OnnxNode& node() const { return node_; }
  const std::string& op() const { return node_.op_type; }
  std::int64_t opset() const { return opset_; }
  const std::string& file() const { return file_; }

  /// The name of input `i`, "" where it is not given.
  const std::string& input(std::size_t i) const;

  /// The attribute, or `fallback` where it is not given. Throw Error(bad_data) where it is of another type.
  template <class T>
  T attribute(const std::string& name, T fallback) const {
    const auto found = node_.attributes.find(name);
    if (found == node_.attributes.end()) return fallback;
    const T* value = std::get_if<T>(&found->second);
    if (value == nullptr) throw damaged("its attribute " + quoted_name(name) + " is of the wrong type");
    return *value;
  }
  std::int64_t integer(const std::string& name, std::int64_t fallback) const {
    return attribute(name, fallback);
  }
  float number(const std::string& name, float fallback) const { return attribute(name, fallback); }
  std::vector<std::int64_t> integers(const std::string& name) const {
    return attribute(name, std::vector<std::int64_t>());
  }
  bool has(const std::string& name) const { return node_.attributes.contains(name); }

  Error unsupported(const std::string& why) const;
  Error damaged(const std::string& why) const;

 private:
  const OnnxNode& node_;
  std::int64_t opset_;
  const std::string& file_;
};

/// What a Reshape, Flatten, Squeeze or Unsqueeze makes of `shape`. `operand` are the values of the second
/// input, or null. Throws Error where the result does not hold the same values, image by image.
OnnxShape changed_shape(const OnnxNodeReader& reader, const OnnxShape& shape,
                        const std::vector<std::int64_t>* operand);

/// Whether a constant of shape `constant` can be combined with values of `shape` without changing that shape.
bool broadcasts(std::span<const std::size_t> constant, const OnnxShape& shape);

/// The constant's values for each value of one image: one value for all of them, or values_per_image(shape).
/// REQUIRES broadcasts().
std::vector<float> broadcast(const std::vector<float>& values, std::span<const std::size_t> constant,
                             const OnnxShape& shape);

/// The values of a graph that do not depend on its input: initialisers, and what nodes make of them.
class OnnxConstants {
 public:
  /// Borrows the model's tensors.
  OnnxConstants(const OnnxModel& model, const std::string& file);

  /// Null where there is none of this name.
  const Tensor* find(const std::string& name) const;

  /// Computes a node whose inputs are all constants. False where its operator is none that can.
  bool fold(const OnnxNodeReader& reader);

  void add(const OnnxNodeReader& reader, const std::string& name, Tensor tensor);

  /// Counts memory that the import takes. Throws Error(unsupported) for more than 16 times what the file's
  /// tensors take and 1 MB besides, so that a small file cannot ask for large networks.
  void charge(const OnnxNodeReader& reader, std::size_t values);

  /// The values of input `i`, a floating-point constant; all finite.
  std::vector<float> floats(const OnnxNodeReader& reader, std::size_t i) const;
  /// The values of input `i`, a constant list of whole numbers such as a shape.
  std::vector<std::int64_t> integers(const OnnxNodeReader& reader, std::size_t i) const;
  /// Input `i`, which must be a constant.
  const Tensor& operand(const OnnxNodeReader& reader, std::size_t i) const;

 private:
  Tensor literal(const OnnxNodeReader& reader) const;
  Tensor cast(const OnnxNodeReader& reader) const;
  Tensor transpose(const OnnxNodeReader& reader) const;
  Tensor reshape(const OnnxNodeReader& reader) const;
  Tensor gather(const OnnxNodeReader& reader) const;
  Tensor concatenate(const OnnxNodeReader& reader) const;

  std::map<std::string, const Tensor*> constants_;
  std::deque<Tensor> made_;
  std::size_t budget_;
};

/// Values of type I64; a vector, or a single value without shape.
Tensor integer_tensor(const std::vector<std::int64_t>& values, std::vector<std::size_t> shape);

}  // namespace scrawl
