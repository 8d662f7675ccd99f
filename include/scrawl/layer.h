#pragma once

// For authors of custom layers: the interface, and the check of a gradient.

#include "scrawl/arrays.h"
#include "scrawl/compute.h"
#include "scrawl/loss.h"
#include "scrawl/model_spec.h"
#include "scrawl/random.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

template <class T>
class BasicNetwork;

enum class Mode { train, predict };

enum class ParameterKind { weight, bias };

/// The name, shape and place of a tensor in a network's flat parameter array. L2 and weight decay shrink
/// weights and not biases, so declare every parameter that must not be shrunk as a bias. A weight's `shape`
/// is (outputs, inputs), as in model files. In memory it is stored as (inputs, outputs), so that the weights
/// of one input are contiguous; copy_parameter and set_parameter convert. A one-dimensional weight and a bias
/// have the same order in memory as in files.
struct ParameterInfo {
  std::string name;  ///< "0.weight": the layer's position, as torch.nn.Sequential counts, and its part
  std::vector<std::size_t> shape;
  std::size_t offset = 0;
  ParameterKind kind = ParameterKind::weight;

  /// The product of `shape`.
  std::size_t size() const;
  bool operator==(const ParameterInfo&) const = default;
};

/// Everything that a forward pass through one layer may access. Rows are samples. Only a first layer's input
/// may have gaps between its rows (stride() > columns()).
template <class T>
struct Forward {
  std::span<const T> parameters;  ///< the layer's own, as parameters() describes them
  std::span<const T> state;       ///< running statistics; not trained
  std::span<T> next_state;        ///< the same memory, to be updated in Mode::train; otherwise empty()
  MatrixView<const T> input;
  bool sparse_input;  ///< most of the input is 0, and sums may skip zeros (finite weights: the same bits)
  MatrixView<T> output;
  std::span<T> scratch;  ///< scratch_size(max_rows) values or more, undefined between calls
  std::span<T> saved;    ///< traits().saved_size values, passed unchanged to backward()
  Mode mode;
  RandomKey key;  ///< for random numbers: equal in both passes of a step; key.sample is the layer's position
  const BasicCompute<T>& compute;
};

/// Same for the backward pass; `input` and `output` are those of the forward pass. A layer may be asked for
/// only one of the two gradients, or for each in a separate call.
template <class T>
struct Backward {
  std::span<const T> parameters;
  std::span<const T> state;
  MatrixView<const T> input;
  MatrixView<const T> output;
  MatrixView<const T> output_gradient;
  MatrixView<T> input_gradient;     ///< overwritten; empty() if not needed
  std::span<T> parameter_gradient;  ///< overwritten, as long as `parameters`; empty() if not needed
  std::span<T> scratch;
  std::span<const T> saved;  ///< the values that forward() stored there
  Mode mode;
  RandomKey key;
  const BasicCompute<T>& compute;
};

/// What a network must know of a layer to run it.
struct LayerTraits {
  /// An element-wise function without parameters whose gradient needs only its output. Such a layer may run
  /// in place: input and output may be the same memory, and so may the two gradients.
  bool elementwise = false;
  /// backward() reads pass.output. An element-wise layer after this one then must not run in place.
  bool needs_output = false;
  /// The function has a kink where its output crosses 0, as ReLU has. Gradient checks skip parameters that
  /// would cross it.
  bool has_kink_at_zero = false;
  /// Number of untrained values that the layer keeps, such as running means.
  std::size_t state_size = 0;
  /// Number of values that a forward pass passes to the backward pass of the same step, such as a batch's
  /// means.
  std::size_t saved_size = 0;
};

/// A layer is a pure function with a gradient. It is immutable and has no parameters, activations or batch;
/// the network owns all memory. T is float, or double for gradient checks.
///
/// To write a custom layer, derive a class template from it that is constructed from the input's Shape, and
/// pass custom_layer() to the model (examples/04_own_layer.cpp). The network queries the description of the
/// layer when it is built, and refuses an invalid one. Several threads may use one layer at once, so
/// forward() and backward() may only change what the pass contains, and must not allocate. They may divide
/// their work with pass.compute.pool().run_ranges(). If every number is summed in one order for any number of
/// threads, the same seed gives the same bits for any number of threads.
template <class T>
class Layer {
 public:
  virtual ~Layer() = default;

  /// Shape of one output sample; not empty.
  virtual Shape output_shape() const = 0;
  virtual LayerTraits traits() const { return {}; }
  /// The trained values, contiguous. Offsets count from the layer's first value. Names are "weight", "bias",
  /// ...; the network prepends the layer's position ("2.weight").
  virtual std::vector<ParameterInfo> parameters() const { return {}; }
  /// Number of values of scratch memory for a pass over at most `max_rows` samples.
  virtual std::size_t scratch_size(std::size_t /*max_rows*/) const { return 0; }

  /// Sets the initial values of the parameters, a function of `initialiser` and `key` only. The key differs
  /// between layers. By default they are 0.
  virtual void initialise(const Initialiser& initialiser, const RandomKey& key,
                          std::span<T> parameters) const;
  /// Sets the initial values of the state. By default they are 0.
  virtual void initialise_state(std::span<T> state) const;
  /// Computes pass.output from pass.input, for pass.input.rows() samples.
  virtual void forward(const Forward<T>& pass) const = 0;
  /// Computes the gradients with respect to the input and the parameters from that with respect to the
  /// output.
  virtual void backward(const Backward<T>& pass) const = 0;
};

/// The description of a custom layer: `custom_layer<Swish>("swish")` for a `template <class T> class Swish :
/// public Layer<T>`. Kind<T> is constructed from the input's Shape and copies of `options`. Model files and
/// texts contain only the name, so give layers with other options other names.
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

struct GradientCheckOptions {
  double step = 1e-4;               ///< h of (L(w + h) - L(w - h)) / 2h
  std::size_t most_per_tensor = 0;  ///< check only this many random parameters of each tensor; 0: all
  std::uint64_t seed = 1;           ///< for choosing them
  std::size_t threads = 1;
  /// Mode::train: with the batch's own statistics, and dropout with one fixed RandomKey. Mode::predict: with
  /// running statistics as constants, without dropout.
  Mode mode = Mode::train;
};

/// Backpropagation compared with central differences for one parameter tensor.
struct GradientCheckRow {
  std::string name;
  std::size_t checked = 0;
  std::size_t skipped = 0;   ///< the difference would cross a kink of a layer or of the loss: ReLU's, or
                             ///< another choice of max pooling
  double relative_norm = 0;  ///< |a - n| / (|a| + |n|) over the checked parameters
};

struct GradientCheckResult {
  std::vector<GradientCheckRow> rows;
  double relative_norm = 0;  ///< over all checked parameters

  /// The largest relative norm of a tensor, so that small gradients of first layers are not masked by large
  /// ones. NaN if one is NaN.
  double worst() const;
  /// Whether something was checked and the worst tensor is below `limit`.
  bool passed(double limit) const;
};

/// Compares the two gradients of the mean loss over a batch (rows of `inputs`), in double. Every evaluation
/// starts from the network's state, which is not changed. If both gradients of a tensor are below the
/// rounding error of the loss, as for a bias before batch normalisation, its norm is 0. The loss and the
/// layers may be custom ones: this is how to test them. REQUIRES at least one row, and a label for each.
GradientCheckResult check_gradient(const BasicNetwork<double>& network, const BasicLoss<double>& loss,
                                   MatrixView<const double> inputs, std::span<const std::uint8_t> labels,
                                   const GradientCheckOptions& options = {});

/// Same for the loss of a recipe; SoftmaxCrossEntropy is checked with log_epsilon = 0.
GradientCheckResult check_gradient(const BasicNetwork<double>& network, const LossSpec& loss_spec,
                                   MatrixView<const double> inputs, std::span<const std::uint8_t> labels,
                                   const GradientCheckOptions& options = {});

/// The gradient with respect to all parameters by central differences in Mode::train: 2 loss evaluations per
/// parameter. All threads call `stop_requested`, if given, before each parameter; after true the result is
/// empty.
std::vector<double> numerical_gradient(const BasicNetwork<double>& network, const BasicLoss<double>& loss,
                                       MatrixView<const double> inputs, std::span<const std::uint8_t> labels,
                                       double step, std::size_t threads,
                                       const std::function<bool()>& stop_requested = {});

}  // namespace scrawl
#pragma GCC visibility pop
