#pragma once

// For programs with their own training loop or their own loss.

#include "scrawl/arrays.h"
#include "scrawl/compute.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#pragma GCC visibility push(default)
namespace scrawl {

/// -log softmax(outputs)[label], with the gradient softmax - one-hot. `log_epsilon` > 0 gives
/// -log(softmax[label] + log_epsilon), as in tutorials that guard the logarithm, with the gradient of the
/// plain form. `label_smoothing` s, 0 <= s < 1, makes the target (1 - s) one-hot + s / classes, which limits
/// the outputs (Szegedy et al., "Rethinking the Inception architecture for computer vision", 2016). It adds s
/// (outputs[label] - mean of outputs); the gradient is softmax - target.
struct SoftmaxCrossEntropy {
  float log_epsilon = 0;
  float label_smoothing = 0;
  bool operator==(const SoftmaxCrossEntropy&) const = default;
};

/// 1/2 sum (output - target)^2; the target is `high` for the label's class and `low` for the others.
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

/// Value and gradient of a loss over a batch. T is float, or double for gradient checks. To write a custom
/// loss, derive a class template; it may use a loss from make_loss (examples/03_own_loss.cpp).
/// Trainer::use_loss trains with it, and check_gradient checks its gradient. A LossSpec (ModelInfo::loss,
/// Recipe::loss) still determines how probabilities are computed from the trained network's outputs.
template <class T>
class BasicLoss {
 public:
  virtual ~BasicLoss() = default;

  /// Returns the mean over the rows of `outputs` (logits), and overwrites `gradient` (rows x classes) with
  /// the gradient of that mean. REQUIRES at least one row; a label below outputs.columns() per row; gradient
  /// of outputs' shape, not overlapping. Several threads may call it at once. Allocates nothing.
  virtual T evaluate(MatrixView<const T> outputs, std::span<const std::uint8_t> labels,
                     MatrixView<T> gradient, const BasicCompute<T>& compute) const = 0;

  /// Whether the loss has kinks where an output's gradient becomes or stops being positive, as the hinge loss
  /// has. Gradient checks skip parameters that would cross one.
  virtual bool has_kinks() const { return false; }
};

using Loss = BasicLoss<float>;

template <class T>
[[gnu::visibility("default")]] std::unique_ptr<BasicLoss<T>> make_loss(const LossSpec& spec);

void softmax(std::span<float> logits, const Compute& compute);  ///< of one row of logits, in place

}  // namespace scrawl
#pragma GCC visibility pop
