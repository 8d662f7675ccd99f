#include "scrawl/optimizer.h"

#include "base/portable_math.h"
#include "kernels/kernels.h"

#include <algorithm>
#include <cassert>

namespace scrawl {
namespace {

/// Parameters that one thread takes at least.
constexpr std::size_t grain = 4096;

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

}  // namespace

double schedule_factor(const Schedule& schedule, std::uint64_t step, std::uint64_t total_steps) {
  using Kind = Schedule::Kind;
  const double last = total_steps > 1 ? static_cast<double>(total_steps - 1) : 1.0;
  const double position = static_cast<double>(step) / last;
  const auto between = [](double from, double to, double u) { return to + (from - to) * half_cosine(u); };
  switch (schedule.kind) {
    case Kind::constant: return 1;
    case Kind::step: return power(schedule.factor, step / std::max<std::uint64_t>(schedule.every, 1));
    case Kind::cosine: return between(1, schedule.final_factor, position);
    case Kind::one_cycle:
      if (position < schedule.warmup) return between(schedule.start_factor, 1, position / schedule.warmup);
      return between(1, schedule.final_factor,
                     schedule.warmup < 1 ? (position - schedule.warmup) / (1 - schedule.warmup) : 0);
  }
  return 1;
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
  using Kind = OptimizerSpec::Kind;
  const std::size_t arrays = spec_.kind == Kind::sgd ? 0 : spec_.kind == Kind::adamw ? 2 : 1;
  state_.assign(arrays * parameter_count_, 0.0F);
}

float Optimizer::learning_rate(std::uint64_t step) const {
  return static_cast<float>(spec_.learning_rate * schedule_factor(spec_.schedule, step, total_steps_));
}

void Optimizer::step(std::uint64_t step, std::span<float> parameters, std::span<const float> gradients,
                     const Compute& compute) {
  assert(parameters.size() == parameter_count_ && gradients.size() == parameter_count_);
  using Kind = OptimizerSpec::Kind;
  const auto& kernels = compute.kernels();
  float* const first = state_.data();
  float* const second = state_.data() + (spec_.kind == Kind::adamw ? parameter_count_ : 0);
  kernels::UpdateRule<float> rule{.learning_rate = learning_rate(step),
                                  .momentum = spec_.momentum,
                                  .nesterov = spec_.kind == Kind::nesterov,
                                  .beta1 = spec_.beta1,
                                  .beta2 = spec_.beta2,
                                  .epsilon = spec_.epsilon};
  if (spec_.kind == Kind::adamw) {
    rule.correction1 = static_cast<float>(1 - power(spec_.beta1, step + 1));
    rule.correction2 = static_cast<float>(1 - power(spec_.beta2, step + 1));
  }
  for (const auto& segment : segments_) {
    rule.l2 = segment.penalised ? spec_.l2 : 0;
    rule.decay = segment.penalised ? spec_.weight_decay : 0;
    compute.pool().run_ranges(segment.end - segment.begin, grain, [&](std::size_t from, std::size_t to) {
      const std::size_t at = segment.begin + from;
      const std::size_t n = to - from;
      const float* g = gradients.data() + at;
      float* w = parameters.data() + at;
      switch (spec_.kind) {
        case Kind::sgd: return kernels.update_sgd(n, rule, g, w);
        case Kind::momentum:
        case Kind::nesterov: return kernels.update_momentum(n, rule, g, first + at, w);
        case Kind::adamw: return kernels.update_adamw(n, rule, g, first + at, second + at, w);
      }
    });
  }
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
