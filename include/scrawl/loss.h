#pragma once

#include "scrawl/compute.h"
#include "scrawl/matrix.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#pragma GCC visibility push(default)
namespace scrawl {

/// -log softmax(outputs)[label]; its gradient by the outputs is softmax - one-hot.
/// With `log_epsilon` > 0 the value becomes -log(softmax[label] + log_epsilon), as tutorials guard the
/// logarithm; the gradient stays that of the plain form, as theirs does.
/// With `label_smoothing` s > 0 the target is not one-hot but (1 - s) one-hot + s / classes, so that a
/// network is not drawn to ever larger outputs (Szegedy et al., "Rethinking the Inception architecture for
/// computer vision", 2016): the value is that above plus s (outputs[label] - the mean of outputs), its
/// gradient softmax
/// - target. From 0 to below 1.
struct SoftmaxCrossEntropy {
  float log_epsilon = 0;
  float label_smoothing = 0;
  bool operator==(const SoftmaxCrossEntropy&) const = default;
};

/// 1/2 sum (output - target)^2, where the target is `high` for the label's class and `low` for the others.
struct SquaredError {
  float low = 0;
  float high = 1;
  bool operator==(const SquaredError&) const = default;
};

/// sum over classes j other than the label y of max(0, s_j - s_y + margin) (Weston and Watkins 1999).
struct MulticlassHinge {
  float margin = 1;
  bool operator==(const MulticlassHinge&) const = default;
};

using LossSpec = std::variant<SoftmaxCrossEntropy, SquaredError, MulticlassHinge>;

/// "softmax-cross-entropy", "squared-error" or "multiclass-hinge".
std::string_view loss_name(const LossSpec& spec);

/// Value and gradient of a loss over a batch. T is float, or double for gradient checks.
///
/// To write one, derive a class template from it; it may call one that make_loss gives and add to its value
/// and gradient (examples/03_own_loss.cpp). Trainer::use_loss trains with it, check_gradient compares its
/// gradient with central differences. What the outputs of the trained network mean, and so how a model file's
/// reader makes probabilities of them, is still said by a LossSpec (ModelInfo::loss, Recipe::loss).
template <class T>
class BasicLoss {
 public:
  virtual ~BasicLoss() = default;

  /// The mean over the rows of `outputs` (logits), and into `gradient`, overwritten, the gradient of that
  /// mean by them (rows x classes): each row's own gradient divided by the number of rows. REQUIRES at least
  /// one row; as many labels as rows, each below outputs.columns(); gradient of the shape of outputs, which
  /// it may not overlap. Several threads may call it at once. Allocates nothing.
  virtual T evaluate(MatrixView<const T> outputs, std::span<const std::uint8_t> labels,
                     MatrixView<T> gradient, const BasicCompute<T>& compute) const = 0;

  /// The loss has kinks, and they lie where an output's gradient begins or ceases to be above 0, as those of
  /// a hinge do: gradient checks leave out what would cross one.
  virtual bool has_kinks() const { return false; }
};

using Loss = BasicLoss<float>;

/// The loss that `spec` describes, in float or double.
template <class T>
[[gnu::visibility("default")]] std::unique_ptr<BasicLoss<T>> make_loss(const LossSpec& spec);

/// 1/2 sum (output - target)^2 of one sample, and its gradient. All three have one length.
template <class T>
[[gnu::visibility("default")]] T squared_error(std::span<const T> output, std::span<const T> target,
                                               std::span<T> gradient);

/// Turns one row of logits into probabilities, in place.
void softmax(std::span<float> logits, const Compute& compute);

}  // namespace scrawl
#pragma GCC visibility pop
