#pragma once

#include "scrawl/loss.h"
#include "scrawl/network.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

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
