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
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

namespace kernels {
template <class T>
struct Descent;  // src/kernels/kernels.h: learning rate and l2 of a step of plain gradient descent
}
template <class T>
class BasicByteBatch;

enum class Mode { train, predict };

enum class ParameterKind { weight, bias };

/// What lies where in a network's flat parameter array. L2 and weight decay shrink weights and leave biases
/// alone, so call anything a bias that shall not be drawn to 0.
/// A weight's `shape` is (outputs, inputs), as in model files; in memory the inputs come first, (inputs,
/// outputs), so that the weights leaving one input are neighbours. copy_parameter and set_parameter convert.
/// A weight of one dimension, and a bias, lie in memory as in files.
struct ParameterInfo {
  std::string name;  ///< "0.weight": the layer's place, as torch.nn.Sequential counts, and its part
  std::vector<std::size_t> shape;
  std::size_t offset = 0;
  ParameterKind kind = ParameterKind::weight;

  /// The product of `shape`.
  std::size_t size() const;
  bool operator==(const ParameterInfo&) const = default;
};

/// An element-wise function and its gradient, over n values: y = f(x), and dx = dy f'(x), which is known from
/// y. x and y, and dy and dx, may be the same array.
template <class T>
struct Elementwise {
  void (*function)(std::size_t n, const T* x, T* y) = nullptr;
  void (*gradient)(std::size_t n, const T* y, const T* dy, T* dx) = nullptr;
};

/// How a layer wants the samples of a batch to lie; the network brings them from one form to the other.
enum class Layout {
  rows,   ///< one sample after the other
  lanes,  ///< 16 samples side by side (src/kernels/convolution.h), which suits work on pictures
  any,    ///< as the layer before it
};

/// Everything that a forward pass through one layer may touch. Rows are samples. Only a first layer's input
/// may have gaps between its rows (stride() > columns()). Where the samples lie in lanes, the views say how
/// many samples of how many values there are, and only data() is of use; there is memory for whole blocks of
/// lanes.
template <class T>
struct Forward {
  std::span<const T> parameters;  ///< the layer's own, as parameters() describes them
  std::span<T> state;             ///< running statistics; not trained. Written in Mode::train only.
  MatrixView<const T> input;
  bool sparse_input;  ///< most of the input is 0, and sums may leave that out (finite weights: the same bits)
  MatrixView<T> output;
  std::span<T> scratch;  ///< scratch_size(max_rows) values or more, of no meaning between calls
  Mode mode;
  RandomKey key;  ///< for random numbers: the same in both passes of a step; key.sample is the layer's place
  const BasicCompute<T>& compute;
  /// Always null unless the layer takes_bytes(). If not null it is the input, and `input` is empty().
  const BasicByteBatch<T>* bytes = nullptr;
  /// Always empty unless the layer includes_activations(). The function is then applied to the output.
  Elementwise<T> activation = {};
  bool lanes = false;       ///< the samples lie in lanes
  std::span<T> saved = {};  ///< saved_size() values, which backward() finds as they were left here
};

/// The same for the backward pass; `input` and `output` are those of the forward pass. A layer may be asked
/// for one of the two gradients alone, and for each in a call of its own.
template <class T>
struct Backward {
  std::span<const T> parameters;
  std::span<const T> state;
  MatrixView<const T> input;
  MatrixView<const T> output;
  MatrixView<const T> output_gradient;
  MatrixView<T> input_gradient;     ///< overwritten; empty() when nobody needs it
  std::span<T> parameter_gradient;  ///< overwritten, as long as `parameters`; empty() when nobody needs it
  std::span<T> scratch;
  Mode mode;
  RandomKey key;
  const BasicCompute<T>& compute;
  /// Always null unless the layer descends(). If not null, the pass ends with a step of plain gradient
  /// descent on `descending`, which are the same values as `parameters`, with the bits of update_sgd;
  /// parameter_gradient is then scratch.
  const kernels::Descent<T>* descent = nullptr;
  std::span<T> descending = {};
  /// As in Forward.
  const BasicByteBatch<T>* bytes = nullptr;
  /// Always empty unless the layer includes_activations(). The input is then what this activation gave, and
  /// the input gradient is to be taken through it.
  Elementwise<T> activation_before = {};
  bool lanes = false;             ///< as in Forward; the output gradient is then 0 in lanes without a sample
  std::span<const T> saved = {};  ///< what forward() left there
};

/// A layer is a pure function with a gradient: immutable, without parameters, activations or batch of its
/// own; the network owns all memory. T is float, or double for gradient checks.
///
/// To bring your own, derive a class template from it that is constructed from the input's Shape, and hand
/// custom_layer() to the model (examples/04_own_layer.cpp). A network asks for everything that describes the
/// layer when it is built, and refuses what makes no sense. Several threads may use one layer at once, so
/// forward() and backward() change nothing but what the pass hands them; they allocate nothing. They may
/// divide their work with pass.compute.pool().run_ranges(). If every number is summed in one order, whatever
/// the number of threads, then the same seed gives the same bits for any of them.
template <class T>
class Layer {
 public:
  virtual ~Layer() = default;

  /// Of one sample; not empty.
  virtual Shape output_shape() const = 0;
  /// The trained values, one after the other without gaps. Offsets count from the layer's own first; names
  /// are "weight", "bias", ..., and the network puts the layer's place before them ("2.weight").
  virtual std::vector<ParameterInfo> parameters() const { return {}; }
  /// How many values the layer keeps that are not trained, such as running means.
  virtual std::size_t state_size() const { return 0; }
  /// Sets the first values of the state. By default all become 0.
  virtual void initialise_state(std::span<T> state) const;
  /// How many values a forward pass hands to the backward pass of the same step, such as a batch's means.
  virtual std::size_t saved_size() const { return 0; }
  /// How many values of scratch memory a pass over at most `max_rows` samples needs.
  virtual std::size_t scratch_size(std::size_t max_rows) const;
  /// How the samples lie in what it reads and writes.
  virtual Layout layout() const { return Layout::rows; }
  /// An element-wise function without parameters whose gradient needs only its output. Such a layer may be
  /// run in place: input and output may be the same memory, and so may the two gradients.
  virtual bool elementwise() const { return false; }
  /// backward() reads pass.output, so that no element-wise layer behind this one may run in place there.
  virtual bool needs_output() const { return false; }
  /// The function has a kink where its output passes 0, as ReLU has: gradient checks leave out what would
  /// cross it.
  virtual bool has_kink_at_zero() const { return false; }
  /// backward() takes the step of Backward::descent itself. Otherwise the network takes it afterwards, with
  /// the same bits.
  virtual bool descends() const { return false; }
  /// As the first layer it can have a batch of bytes as its input, and leave out those that are 0.
  virtual bool takes_bytes() const { return false; }
  /// It applies the activation behind it, and its input gradient is that before the activation before it,
  /// where a pass asks for that: while the values are still in the cache, and without another round of all
  /// threads.
  virtual bool includes_activations() const { return false; }
  /// What an element-wise layer does, for layers that include it. Empty if it is more than one function.
  virtual Elementwise<T> activation(const BasicCompute<T>& compute) const;

  /// Sets the first values of the parameters, a function of `initialiser` and `key` alone. The key differs
  /// from layer to layer. By default all become 0.
  virtual void initialise(const Initialiser& initialiser, const RandomKey& key,
                          std::span<T> parameters) const;
  /// pass.output from pass.input, for pass.input.rows() samples.
  virtual void forward(const Forward<T>& pass) const = 0;
  /// The gradients of the loss by the input and by the parameters, from that by the output.
  virtual void backward(const Backward<T>& pass) const = 0;
};

/// The layer that `spec` describes, for inputs of shape `input`. Throws Error(invalid_argument) for a custom
/// layer whose description of itself makes no sense.
template <class T>
[[gnu::visibility("default")]] std::unique_ptr<Layer<T>> make_layer(const LayerSpec& spec,
                                                                    const Shape& input);

/// The description of a program's own layer: `custom_layer<Swish>("swish")` for a `template <class T> class
/// Swish : public Layer<T>`. Kind<T> is constructed from the input's Shape and copies of the `options` behind
/// it. Model files and texts hold the name alone: give layers of other options other names.
template <template <class> class Kind, class... Options>
CustomLayer custom_layer(std::string_view name, const Options&... options) {
  return {.name = std::string(name),
          .make_float = [options...](const Shape& input) -> std::unique_ptr<Layer<float>> {
            return std::make_unique<Kind<float>>(input, options...);
          },
          .make_double = [options...](const Shape& input) -> std::unique_ptr<Layer<double>> {
            return std::make_unique<Kind<double>>(input, options...);
          }};
}

extern template class Layer<float>;
extern template class Layer<double>;

}  // namespace scrawl
#pragma GCC visibility pop
