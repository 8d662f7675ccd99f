#pragma once

#include "scrawl/compute.h"
#include "scrawl/layer.h"
#include "scrawl/memory.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace [[gnu::visibility("default")]] scrawl {

/// The learning rate over a run, as a factor of OptimizerSpec::learning_rate.
struct Schedule {
  enum class Kind {
    constant,
    step,       ///< times `factor` after every `every` steps
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
  bool operator==(const Schedule&) const = default;
};

/// The factor at `step` (from 0) of `total_steps`.
double schedule_factor(const Schedule& schedule, std::uint64_t step, std::uint64_t total_steps);

struct OptimizerSpec {
  enum class Kind { sgd, momentum, nesterov, adamw };
  Kind kind = Kind::sgd;
  float learning_rate = 0.1F;
  float l2 = 0;            ///< adds l2 / 2 * sum W^2 to the loss; weights only, never biases
  float momentum = 0.9F;   ///< momentum, nesterov
  float beta1 = 0.9F;      ///< adamw
  float beta2 = 0.999F;    ///< adamw
  float epsilon = 1e-8F;   ///< adamw
  float weight_decay = 0;  ///< adamw, decoupled: weights shrink by learning rate * weight_decay a step
  Schedule schedule{};
  bool operator==(const OptimizerSpec&) const = default;
};

/// Updates a flat parameter array from a flat gradient array.
class Optimizer {
 public:
  /// `parameters` says which ranges are weights (penalised by l2 and weight decay) and which biases.
  Optimizer(const OptimizerSpec& spec, std::span<const ParameterInfo> parameters, std::uint64_t total_steps);

  /// One update; `step` counts from 0. Allocates nothing.
  void step(std::uint64_t step, std::span<float> parameters, std::span<const float> gradients,
            const Compute& compute);

  /// Plain SGD, whose step Network::descend takes with the same bits and less traffic.
  bool is_plain_descent() const { return spec_.kind == OptimizerSpec::Kind::sgd; }
  float learning_rate(std::uint64_t step) const;
  float l2() const { return spec_.l2; }
  /// l2 / 2 * sum of the squares of the weights.
  float penalty(std::span<const float> parameters, const Compute& compute) const;

  /// Velocity, or mean and variance: what a checkpoint must keep. Empty for plain SGD.
  std::span<float> state() { return state_; }
  std::span<const float> state() const { return state_; }

 private:
  struct Segment {  // neighbouring parameters that are treated alike
    std::size_t begin;
    std::size_t end;
    bool penalised;
  };

  OptimizerSpec spec_;
  std::uint64_t total_steps_;
  std::vector<Segment> segments_;
  std::size_t parameter_count_ = 0;
  AlignedVector<float> state_;
};

}  // namespace scrawl
