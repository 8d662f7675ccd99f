#include "kernels/kernels.h"
#include "kernels/update_reference.h"

#include <cstddef>

// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/update.cpp"
#include "kernels/targets.h"
#include "kernels/map-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET
namespace {

using M = hn::Mask<D>;

/// Calls f(i, mask) for each vector of [0, n); the mask excludes lanes beyond n.
template <class F>
HWY_INLINE void for_each_vector(std::size_t n, const F& f) {
  const D d;
  const M all = hn::FirstN(d, kLanes);
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) f(i, all);
  if (i < n) f(i, hn::FirstN(d, n - i));
}

struct Sgd {
  const UpdateRule<float>& rule;
  HWY_INLINE V operator()(D d, V g, V w) const {
    const V gradient = hn::MulAdd(hn::Set(d, rule.l2), w, g);
    return hn::MulAdd(hn::Set(d, -rule.learning_rate), gradient, w);
  }
};

struct Momentum {
  const UpdateRule<float>& rule;
  const float* g;
  float* velocity;
  float* w;
  HWY_INLINE void operator()(std::size_t i, M mask) const {
    const D d;
    const V momentum = hn::Set(d, rule.momentum);
    const V old = hn::MaskedLoad(mask, d, w + i);
    const V gradient = hn::MulAdd(hn::Set(d, rule.l2), old, hn::MaskedLoad(mask, d, g + i));
    const V v = hn::MulAdd(momentum, hn::MaskedLoad(mask, d, velocity + i), gradient);
    const V step = rule.nesterov ? hn::MulAdd(momentum, v, gradient) : v;
    hn::BlendedStore(v, mask, d, velocity + i);
    hn::BlendedStore(hn::MulAdd(hn::Set(d, -rule.learning_rate), step, old), mask, d, w + i);
  }
};

struct AdamW {
  const UpdateRule<float>& rule;
  const float* g;
  float* mean;
  float* variance;
  float* w;
  HWY_INLINE void operator()(std::size_t i, M mask) const {
    const D d;
    const V old = hn::MaskedLoad(mask, d, w + i);
    const V gradient = hn::MulAdd(hn::Set(d, rule.l2), old, hn::MaskedLoad(mask, d, g + i));
    const V m = hn::MulAdd(hn::Set(d, rule.beta1), hn::MaskedLoad(mask, d, mean + i),
                           hn::Mul(hn::Set(d, 1.0F - rule.beta1), gradient));
    const V v = hn::MulAdd(hn::Set(d, rule.beta2), hn::MaskedLoad(mask, d, variance + i),
                           hn::Mul(hn::Mul(hn::Set(d, 1.0F - rule.beta2), gradient), gradient));
    const V deviation = hn::Add(hn::Sqrt(hn::Div(v, hn::Set(d, rule.correction2))), hn::Set(d, rule.epsilon));
    const V decayed = hn::MulAdd(hn::Set(d, -rule.learning_rate * rule.decay), old, old);
    const V step = hn::Div(hn::Div(m, hn::Set(d, rule.correction1)), deviation);
    hn::BlendedStore(m, mask, d, mean + i);
    hn::BlendedStore(v, mask, d, variance + i);
    hn::BlendedStore(hn::MulAdd(hn::Set(d, -rule.learning_rate), step, decayed), mask, d, w + i);
  }
};

struct Adadelta {
  const UpdateRule<float>& rule;
  const float* g;
  float* squares;
  float* changes;
  float* w;
  HWY_INLINE void operator()(std::size_t i, M mask) const {
    const D d;
    const V rho = hn::Set(d, rule.rho);
    const V rest = hn::Set(d, 1.0F - rule.rho);
    const V epsilon = hn::Set(d, rule.epsilon);
    const V old = hn::MaskedLoad(mask, d, w + i);
    const V gradient = hn::MulAdd(hn::Set(d, rule.l2), old, hn::MaskedLoad(mask, d, g + i));
    const V s =
        hn::MulAdd(rho, hn::MaskedLoad(mask, d, squares + i), hn::Mul(hn::Mul(rest, gradient), gradient));
    const V before = hn::MaskedLoad(mask, d, changes + i);
    const V scale = hn::Div(hn::Sqrt(hn::Add(before, epsilon)), hn::Sqrt(hn::Add(s, epsilon)));
    const V change = hn::Mul(scale, gradient);
    hn::BlendedStore(s, mask, d, squares + i);
    hn::BlendedStore(hn::MulAdd(rho, before, hn::Mul(hn::Mul(rest, change), change)), mask, d, changes + i);
    hn::BlendedStore(hn::MulAdd(hn::Set(d, -rule.learning_rate), change, old), mask, d, w + i);
  }
};

struct TowardsAverage {
  float rate;
  HWY_INLINE V operator()(D d, V w, V average) const {
    return hn::MulAdd(hn::Set(d, rate), hn::Sub(w, average), average);
  }
};

struct Scale {
  float factor;
  HWY_INLINE V operator()(D d, V x) const { return hn::Mul(hn::Set(d, factor), x); }
};

void update_sgd(std::size_t n, const UpdateRule<float>& rule, const float* g, float* w) {
  map(n, g, w, w, Sgd{rule});
}
void update_momentum(std::size_t n, const UpdateRule<float>& rule, const float* g, float* velocity,
                     float* w) {
  for_each_vector(n, Momentum{rule, g, velocity, w});
}
void update_adamw(std::size_t n, const UpdateRule<float>& rule, const float* g, float* mean, float* variance,
                  float* w) {
  for_each_vector(n, AdamW{rule, g, mean, variance, w});
}

void update_adadelta(std::size_t n, const UpdateRule<float>& rule, const float* g, float* squares,
                     float* changes, float* w) {
  for_each_vector(n, Adadelta{rule, g, squares, changes, w});
}
void update_average(std::size_t n, float rate, const float* w, float* average) {
  map(n, w, average, average, TowardsAverage{rate});
}
void scale(std::size_t n, float factor, const float* x, float* y) { map(n, x, y, Scale{factor}); }

float sum_of_squares(std::size_t n, const float* x) {
  constexpr std::size_t kChains = sum_chains;
  constexpr std::size_t kVectors = kChains / kLanes;
  const D d;
  V sums[kVectors];
#pragma GCC unroll 8
  for (std::size_t v = 0; v < kVectors; ++v) sums[v] = hn::Zero(d);
  std::size_t i = 0;
  for (; i + kChains <= n; i += kChains) {
#pragma GCC unroll 8
    for (std::size_t v = 0; v < kVectors; ++v) {
      const V values = hn::LoadU(d, x + i + v * kLanes);
      sums[v] = hn::MulAdd(values, values, sums[v]);
    }
  }
#pragma GCC unroll 8
  for (std::size_t v = 0; v < kVectors; ++v) {
    const std::size_t first = i + v * kLanes;
    const std::size_t left = first < n ? n - first : 0;
    const V values = hn::MaskedLoad(hn::FirstN(d, left < kLanes ? left : kLanes), d, x + (left ? first : 0));
    sums[v] = hn::MulAdd(values, values, sums[v]);
  }
  float chains[kChains];
  for (std::size_t v = 0; v < kVectors; ++v) hn::StoreU(sums[v], d, chains + v * kLanes);
  return reference::add_chains(chains);
}

}  // namespace

void set_update(Kernels<float>& table) {
  table.update_sgd = update_sgd;
  table.update_momentum = update_momentum;
  table.update_adamw = update_adamw;
  table.update_adadelta = update_adadelta;
  table.update_average = update_average;
  table.scale = scale;
  table.sum_of_squares = sum_of_squares;
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
