#include "scrawl/optimizer.h"

#include "base/portable_math.h"
#include "kernels/kernels.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace scrawl {
namespace {

/// Parameters that one thread takes at least.
constexpr std::size_t grain = 4096;

/// Gradients whose squares are summed in single precision; the sums are added in double.
constexpr std::size_t norm_block = 4096;

/// Gradients that are scaled at a time: they stay in the first-level cache.
constexpr std::size_t scaled_at_a_time = 1024;

/// From 1 at u = 0 to 0 at u = 1 along half a cosine.
double half_cosine(double u) { return 0.5 * (1 + portable_cos_turn(0.5 * std::clamp(u, 0.0, 1.0))); }

/// By repeated squaring: the C library's pow differs in the last bit between machines.
double power(double base, std::uint64_t exponent) {
  double result = 1;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) result *= base;
    base *= base;
  }
  return result;
}

/// From 0 at the first step to 1 at the last.
double position_of(std::uint64_t step, std::uint64_t total_steps) {
  const double last = total_steps > 1 ? static_cast<double>(total_steps - 1) : 1.0;
  return static_cast<double>(step) / last;
}

double between(double from, double to, double u) { return to + (from - to) * half_cosine(u); }

/// From `start` to `middle` during the warm-up, then to `end`.
double one_cycle(double position, double warmup, double start, double middle, double end) {
  if (position < warmup) return between(start, middle, position / warmup);
  return between(middle, end, warmup < 1 ? (position - warmup) / (1 - warmup) : 0);
}

/// Arrays of the optimizer's state, each as long as the parameters.
std::size_t state_arrays(OptimizerSpec::Kind kind) {
  using Kind = OptimizerSpec::Kind;
  switch (kind) {
    case Kind::sgd: return 0;
    case Kind::momentum:
    case Kind::nesterov: return 1;
    case Kind::adamw:
    case Kind::adadelta: return 2;
  }
  return 0;
}

kernels::UpdateRule<float> rule_of(const OptimizerSpec& spec, float learning_rate, float momentum,
                                   std::uint64_t step) {
  using Kind = OptimizerSpec::Kind;
  kernels::UpdateRule<float> rule{
      .learning_rate = learning_rate,
      .momentum = momentum,
      .nesterov = spec.kind == Kind::nesterov,
      .beta1 = momentum,
      .beta2 = spec.beta2,
      .epsilon = spec.kind == Kind::adadelta ? spec.adadelta_epsilon : spec.epsilon,
      .rho = spec.rho};
  if (spec.kind == Kind::adamw) {
    rule.correction1 = static_cast<float>(1 - power(rule.beta1, step + 1));
    rule.correction2 = static_cast<float>(1 - power(rule.beta2, step + 1));
  }
  return rule;
}

}  // namespace

double schedule_factor(const Schedule& schedule, std::uint64_t step, std::uint64_t total_steps) {
  using Kind = Schedule::Kind;
  const double position = position_of(step, total_steps);
  switch (schedule.kind) {
    case Kind::constant: return 1;
    case Kind::step: return power(schedule.factor, step / std::max<std::uint64_t>(schedule.every, 1));
    case Kind::cosine: return between(1, schedule.final_factor, position);
    case Kind::one_cycle:
      return one_cycle(position, schedule.warmup, schedule.start_factor, 1, schedule.final_factor);
  }
  return 1;
}

double schedule_momentum(const Schedule& schedule, double constant, std::uint64_t step,
                         std::uint64_t total_steps) {
  if (schedule.kind != Schedule::Kind::one_cycle || !schedule.cycle_momentum) return constant;
  return one_cycle(position_of(step, total_steps), schedule.warmup, schedule.high_momentum,
                   schedule.low_momentum, schedule.high_momentum);
}

Optimizer::Optimizer(const OptimizerSpec& spec, std::span<const ParameterInfo> parameters,
                     std::uint64_t total_steps)
    : spec_(spec), total_steps_(total_steps) {
  for (const auto& info : parameters) {
    const bool penalised = info.kind == ParameterKind::weight;
    const std::size_t end = info.offset + info.size();
    if (!segments_.empty() && segments_.back().penalised == penalised && segments_.back().end == info.offset)
      segments_.back().end = end;
    else
      segments_.push_back({info.offset, end, penalised});
    parameter_count_ = std::max(parameter_count_, end);
  }
  state_.assign(state_arrays(spec_.kind) * parameter_count_, 0.0F);
  if (spec_.clip_norm != 0) block_sums_.resize((parameter_count_ + norm_block - 1) / norm_block);
}

float Optimizer::learning_rate(std::uint64_t step) const {
  return static_cast<float>(spec_.learning_rate * schedule_factor(spec_.schedule, step, total_steps_));
}

float Optimizer::momentum(std::uint64_t step) const {
  using Kind = OptimizerSpec::Kind;
  if (spec_.kind == Kind::sgd || spec_.kind == Kind::adadelta) return 0;
  const float constant = spec_.kind == Kind::adamw ? spec_.beta1 : spec_.momentum;
  return static_cast<float>(schedule_momentum(spec_.schedule, constant, step, total_steps_));
}

/// What all gradients are multiplied by. The squares are summed in blocks, and these in index order, so that
/// the bits are those of the parameters' number alone.
float Optimizer::clip_factor(std::span<const float> gradients, const Compute& compute) {
  if (spec_.clip_norm == 0) return 1;
  compute.pool().run_ranges(block_sums_.size(), 1, [&](std::size_t from, std::size_t to) {
    for (std::size_t block = from; block < to; ++block) {
      const std::size_t begin = block * norm_block;
      const std::size_t n = std::min(norm_block, gradients.size() - begin);
      block_sums_[block] = compute.kernels().sum_of_squares(n, gradients.data() + begin);
    }
  });
  const double sum = std::accumulate(block_sums_.begin(), block_sums_.end(), 0.0);
  const double factor = spec_.clip_norm / (std::sqrt(sum) + 1e-6);
  return factor >= 1 ? 1 : static_cast<float>(factor);  // NaN stays
}

void Optimizer::step(std::uint64_t step, std::span<float> parameters, std::span<const float> gradients,
                     const Compute& compute) {
  assert(parameters.size() == parameter_count_ && gradients.size() == parameter_count_);
  using Kind = OptimizerSpec::Kind;
  const auto& kernels = compute.kernels();
  const float factor = clip_factor(gradients, compute);
  const auto rule = rule_of(spec_, learning_rate(step), momentum(step), step);
  float* const first = state_.data();
  float* const second = state_.data() + (state_arrays(spec_.kind) > 1 ? parameter_count_ : 0);

  const auto update = [&](const kernels::UpdateRule<float>& r, std::size_t at, std::size_t n,
                          const float* g) {
    float* w = parameters.data() + at;
    switch (spec_.kind) {
      case Kind::sgd: return kernels.update_sgd(n, r, g, w);
      case Kind::momentum:
      case Kind::nesterov: return kernels.update_momentum(n, r, g, first + at, w);
      case Kind::adamw: return kernels.update_adamw(n, r, g, first + at, second + at, w);
      case Kind::adadelta: return kernels.update_adadelta(n, r, g, first + at, second + at, w);
    }
  };
  // One round of all threads for all layers: small ones are not worth one each.
  compute.pool().run_ranges(parameter_count_, grain, [&](std::size_t begin, std::size_t end) {
    alignas(64) float scaled[scaled_at_a_time];
    auto r = rule;
    for (const auto& segment : segments_) {
      r.l2 = segment.penalised ? spec_.l2 : 0;
      r.decay = segment.penalised ? spec_.weight_decay : 0;
      const std::size_t to = std::min(end, segment.end);
      std::size_t n = 0;
      for (std::size_t at = std::max(begin, segment.begin); at < to; at += n) {
        const float* g = gradients.data() + at;
        n = to - at;
        if (factor != 1) {
          n = std::min(n, scaled_at_a_time);
          kernels.scale(n, factor, g, scaled);
          g = scaled;
        }
        update(r, at, n, g);
      }
    }
  });
}

float Optimizer::penalty(std::span<const float> parameters, const Compute& compute) const {
  if (spec_.l2 == 0) return 0;
  float sum = 0;
  for (const auto& segment : segments_)
    if (segment.penalised)
      sum += compute.kernels().sum_of_squares(segment.end - segment.begin, parameters.data() + segment.begin);
  return spec_.l2 / 2 * sum;
}

}  // namespace scrawl
