#pragma once

#include "scrawl/compute.h"
#include "scrawl/matrix.h"
#include "scrawl/model_spec.h"
#include "scrawl/random.h"
#include "scrawl/shape.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace scrawl {

namespace kernels {
template <class T>
struct Descent;  // src/kernels/kernels.h: learning rate and l2 of a step of plain gradient descent
}

enum class Mode { train, predict };

enum class ParameterKind { weight, bias };

/// What lies where in a network's flat parameter array.
/// A weight's `shape` is (outputs, inputs), as in model files; in memory the inputs come first, (inputs,
/// outputs), so that the weights leaving one input are neighbours. copy_parameter and set_parameter convert.
struct ParameterInfo {
  std::string name;  ///< "0.weight": the layer's place, as torch.nn.Sequential counts, and its part
  std::vector<std::size_t> shape;
  std::size_t offset = 0;
  ParameterKind kind = ParameterKind::weight;

  std::size_t size() const;
};

/// Everything that a forward pass through one layer may touch. Rows are samples.
template <class T>
struct Forward {
  std::span<const T> parameters;
  std::span<T> state;  ///< running statistics; not trained. Written in Mode::train only.
  MatrixView<const T> input;
  bool sparse_input;  ///< most of the input is 0, and sums may leave that out (finite weights: the same bits)
  MatrixView<T> output;
  std::span<T> scratch;  ///< scratch_size(max_rows) values, of no meaning between calls
  Mode mode;
  RandomKey key;
  const BasicCompute<T>& compute;
};

/// The same for the backward pass; `input` and `output` are those of the forward pass.
template <class T>
struct Backward {
  std::span<const T> parameters;
  std::span<const T> state;
  MatrixView<const T> input;
  MatrixView<const T> output;
  MatrixView<const T> output_gradient;
  MatrixView<T> input_gradient;     ///< empty when nobody needs it
  std::span<T> parameter_gradient;  ///< overwritten; empty when nobody needs it
  std::span<T> scratch;
  Mode mode;
  RandomKey key;
  const BasicCompute<T>& compute;
  /// If not null, the pass ends with a step of plain gradient descent on `descending`, which are the same
  /// values as `parameters`, with the bits of update_sgd; parameter_gradient is then scratch.
  const kernels::Descent<T>* descent = nullptr;
  std::span<T> descending = {};
};

/// A layer is a pure function with a gradient: immutable, without parameters, activations or batch of its
/// own.
template <class T>
class Layer {
 public:
  virtual ~Layer() = default;

  virtual Shape output_shape() const = 0;
  /// Offsets count from the layer's own first parameter; names are "weight", "bias", ...
  virtual std::vector<ParameterInfo> parameters() const { return {}; }
  virtual std::size_t state_size() const { return 0; }
  virtual std::size_t scratch_size(std::size_t max_rows) const;
  /// An element-wise function whose gradient needs only its output. Such a layer may be run in place: input
  /// and output may be the same memory, and so may the two gradients.
  virtual bool elementwise() const { return false; }

  virtual void initialise(const Initialiser& initialiser, const RandomKey& key,
                          std::span<T> parameters) const;
  virtual void forward(const Forward<T>& pass) const = 0;
  virtual void backward(const Backward<T>& pass) const = 0;
};

/// The layer that `spec` describes, for inputs of shape `input`.
template <class T>
std::unique_ptr<Layer<T>> make_layer(const LayerSpec& spec, const Shape& input);

extern template class Layer<float>;
extern template class Layer<double>;

}  // namespace scrawl
