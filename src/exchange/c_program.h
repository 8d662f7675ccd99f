#pragma once

#include "scrawl/model.h"

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace scrawl {

/// The way from pixels to outputs as C: constants, functions and statements. The activations live in two
/// arrays, `a` and `b`; a layer that cannot work in place reads one and writes the other.
class CProgram {
 public:
  /// All names begin with `name`. Throws what c_header throws.
  CProgram(const Member& member, std::string name, bool int8);

  const std::string& constants() const { return constants_; }
  /// What the statements call.
  std::string functions() const;
  const std::string& body() const { return body_; }
  bool needs_math() const { return needs_math_; }
  std::size_t constant_bytes() const { return constant_bytes_; }
  std::size_t stack_bytes() const { return sizeof(float) * (from_.length + to_.length); }

  /// The declarations of `a` and `b`.
  std::string buffers() const;

 private:
  friend struct CLayerWriter;
  struct Buffer {
    char name;
    std::size_t length = 0;  // of the widest layer that it has held
  };
  struct Window {
    std::size_t height = 0;
    std::size_t width = 0;
    std::size_t stride = 0;
    std::size_t padding = 0;
  };

  void title(std::string_view text);
  /// Adds an array and returns its C name.
  template <class T>
  std::string constant(const std::string& name, const std::vector<T>& values, std::size_t columns = 0);
  /// Scale, mean and deviation in one expression; then the whitening matrix.
  void prepare_pixels(const Preprocessing& preprocessing);

  void activate(const LayerSpec& spec, const std::string& value);
  /// to = first + from * matrix, summed in the order of the inputs, as scrawl does.
  void multiply(const std::string& matrix, std::size_t outputs, const std::string& first);
  /// Calls a function that reads the picture in `from` below a window and writes `to`.
  void call(const char* function, const std::string& weights, const Window& window, const Shape& output);

  void give_probabilities(const SoftmaxCrossEntropy& loss);
  void give_probabilities(const MulticlassHinge& loss);
  void give_probabilities(const SquaredError& loss);
  void softmax(std::string_view what);
  void divide_by_sum(std::string_view what, const std::string& statement);

  std::string name_;
  bool int8_;
  std::string constants_;
  std::string body_;
  std::size_t constant_bytes_ = 0;
  std::size_t weighted_layers_ = 0;
  std::size_t norms_ = 0;
  std::set<std::string> called_;
  bool needs_math_ = false;
  Buffer from_{'a'};     // holds the activations so far,
  Buffer to_{'b'};       // and the other
  Shape shape_;          // of the activations
  std::size_t width_;    // how many there are
  bool sparse_ = false;  // many of them are zero
};

/// The function `function` of a header, all of whose names begin with `name`: "convolution", "max_pool" or
/// "mean_pool". With int8, weights are signed char.
std::string c_function(const std::string& function, const std::string& name, bool int8);

}  // namespace scrawl
