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
  std::size_t most_per_tensor = 0;  ///< check only so many parameters of each tensor, drawn at random; 0: all
  std::uint64_t seed = 1;           ///< of that draw
  std::size_t threads = 1;
  /// Mode::train: with the batch's own statistics, and with dropout by one fixed RandomKey. Mode::predict:
  /// with running statistics, as constants, and without dropout.
  Mode mode = Mode::train;
};

/// Backpropagation against central differences for one parameter tensor.
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

  /// The largest relative norm of a tensor: small gradients of first layers do not hide behind large ones.
  /// NaN if one is NaN.
  double worst() const;
  /// Something was checked, and the worst tensor is below `limit`.
  bool passed(double limit) const;
};

/// Compares the two gradients of the mean loss over a batch (rows of `inputs`), in double. Every evaluation
/// begins with the network's state, which stays as it is. A tensor whose gradients both drown in the rounding
/// of the loss, as that of a bias before batch normalisation, counts as 0. The loss and layers of the network
/// may be the program's own: this is how to test them. REQUIRES at least one row, and a label for each.
GradientCheckResult check_gradient(const BasicNetwork<double>& network, const BasicLoss<double>& loss,
                                   MatrixView<const double> inputs, std::span<const std::uint8_t> labels,
                                   const GradientCheckOptions& options = {});

/// The same for the loss of a recipe; SoftmaxCrossEntropy is checked with log_epsilon = 0.
GradientCheckResult check_gradient(const BasicNetwork<double>& network, const LossSpec& loss_spec,
                                   MatrixView<const double> inputs, std::span<const std::uint8_t> labels,
                                   const GradientCheckOptions& options = {});

/// The gradient by all parameters through central differences in Mode::train: 2 loss evaluations a parameter.
/// Where `stop_requested` is given, all threads ask it before each parameter; after true the result is empty.
std::vector<double> numerical_gradient(const BasicNetwork<double>& network, const BasicLoss<double>& loss,
                                       MatrixView<const double> inputs, std::span<const std::uint8_t> labels,
                                       double step, std::size_t threads,
                                       const std::function<bool()>& stop_requested = {});

}  // namespace scrawl
#pragma GCC visibility pop
