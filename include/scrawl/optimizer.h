#pragma once

// For programs with their own training loop.

#include "scrawl/arrays.h"
#include "scrawl/compute.h"
#include "scrawl/layer.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

/// The learning rate over a run, as a factor of OptimizerSpec::learning_rate; optionally also the momentum.
struct Schedule {
  enum class Kind {
    constant,
    step,       ///< multiplies by `factor` after every `every` steps
    cosine,     ///< half a cosine from 1 down to `final_factor` at the last step (Loshchilov and Hutter 2017)
    one_cycle,  ///< half a cosine from `start_factor` up to 1 during `warmup` of the run, then one down to
                ///< `final_factor` (Smith and Topin 2019)
  };
  Kind kind = Kind::constant;
  std::uint64_t every = 1000;
  double factor = 0.1;
  double warmup = 0.3;
  double start_factor = 0.04;
  double final_factor = 0;
  /// one_cycle: instead of being constant, the momentum (adamw: beta1) falls from `high_momentum` to
  /// `low_momentum` while the rate rises, and back, by half cosines, as torch.optim.lr_scheduler.OneCycleLR.
  bool cycle_momentum = false;
  double low_momentum = 0.85;
  double high_momentum = 0.95;
  bool operator==(const Schedule&) const = default;
};

/// The factor at `step` (from 0) of `total_steps`.
double schedule_factor(const Schedule& schedule, std::uint64_t step, std::uint64_t total_steps);

/// The momentum at `step`: `constant`, or the value of a schedule that cycles it.
double schedule_momentum(const Schedule& schedule, double constant, std::uint64_t step,
                         std::uint64_t total_steps);

struct OptimizerSpec {
  enum class Kind { sgd, momentum, nesterov, adamw, adadelta };
  Kind kind = Kind::sgd;
  float learning_rate = 0.1F;
  float l2 = 0;            ///< adds l2 / 2 * sum W^2 to the loss; weights only, never biases
  float momentum = 0.9F;   ///< momentum, nesterov
  float beta1 = 0.9F;      ///< adamw
  float beta2 = 0.999F;    ///< adamw
  float epsilon = 1e-8F;   ///< adamw
  float weight_decay = 0;  ///< adamw, decoupled: weights shrink by learning rate * weight_decay per step
  float rho = 0.9F;        ///< adadelta
  float adadelta_epsilon = 1e-6F;
  /// Multiplies the gradient by clip_norm / (norm over all parameters + 1e-6) if that is below 1, before l2
  /// is added, as torch.nn.utils.clip_grad_norm_; 0: no clipping. A NaN norm makes all gradients NaN, so a
  /// failing run fails at once. If the norm or its square overflows, finite gradients become 0, others NaN.
  float clip_norm = 0;
  Schedule schedule{};
  bool operator==(const OptimizerSpec&) const = default;
};

/// Updates a flat parameter array from a flat gradient array.
class Optimizer {
 public:
  /// `parameters` tells which ranges are weights (penalised by l2 and weight decay) and which are biases.
  Optimizer(const OptimizerSpec& spec, std::span<const ParameterInfo> parameters, std::uint64_t total_steps);

  /// One update; `step` counts from 0. Allocates nothing.
  void step(std::uint64_t step, std::span<float> parameters, std::span<const float> gradients,
            const Compute& compute);

  /// Whether this is plain SGD, for which Network::descend gives the same bits with less memory traffic.
  bool is_plain_descent() const { return spec_.kind == OptimizerSpec::Kind::sgd && spec_.clip_norm == 0; }
  float learning_rate(std::uint64_t step) const;
  /// The momentum of momentum and nesterov, or beta1 of adamw; 0 for the others. Adamw's bias correction of
  /// the mean at step t (from 1) is 1 - beta1^t with the beta1 of this step, as in PyTorch.
  float momentum(std::uint64_t step) const;
  float l2() const { return spec_.l2; }
  /// l2 / 2 * sum of the squares of the weights.
  float penalty(std::span<const float> parameters, const Compute& compute) const;

  /// State for checkpoints: velocity, mean and variance, or Adadelta's two means; empty for plain SGD.
  std::span<float> state() { return state_; }
  std::span<const float> state() const { return state_; }

 private:
  float clip_factor(std::span<const float> gradients, const Compute& compute);

  struct Segment {  // adjacent parameters with the same treatment
    std::size_t begin;
    std::size_t end;
    bool penalised;
  };

  OptimizerSpec spec_;
  std::uint64_t total_steps_;
  std::vector<Segment> segments_;
  std::size_t parameter_count_ = 0;
  AlignedVector<float> state_;
  std::vector<float> block_sums_;  // of the squares of the gradients, for clipping
};

}  // namespace scrawl
#pragma GCC visibility pop
