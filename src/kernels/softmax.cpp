#include "kernels/kernels.h"

#include <cstddef>

// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/softmax.cpp"
#include "kernels/targets.h"
#include "kernels/activation-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET
namespace {

using D8 = hn::FixedTag<float, 8>;
using D4 = hn::FixedTag<float, 4>;
using V8 = hn::Vec<D8>;

struct Larger {
  template <class W>
  HWY_INLINE W operator()(W a, W b) const {
    return hn::Max(a, b);
  }
};
struct Sum {
  template <class W>
  HWY_INLINE W operator()(W a, W b) const {
    return hn::Add(a, b);
  }
};

/// Combines all lanes: i and i + 4, then i and i + 2, then i and i + 1.
template <class F>
HWY_INLINE float fold(V8 x, const F& f) {
  const D4 d4;
  const auto four = f(hn::LowerHalf(d4, x), hn::UpperHalf(d4, x));
  const auto two = f(four, hn::Shuffle1032(four));
  return hn::GetLane(f(two, hn::Shuffle2301(two)));
}

#if HWY_TARGET == HWY_AVX3

void short_softmax(std::size_t n, const float* x, float* y) {
  const D d;
  const D8 d8;
  const auto used = hn::FirstN(d, n);
  const V values = hn::IfThenElse(used, hn::MaskedLoad(used, d, x), hn::Set(d, x[0]));
  const float most = fold(hn::Max(hn::LowerHalf(d8, values), hn::UpperHalf(d8, values)), Larger());
  const V powers = hn::IfThenElseZero(used, Exp()(d, hn::Sub(values, hn::Set(d, most))));
  const float sum = fold(hn::Add(hn::LowerHalf(d8, powers), hn::UpperHalf(d8, powers)), Sum());
  hn::BlendedStore(hn::Div(powers, hn::Set(d, sum)), used, d, y);
}

#else

void short_softmax(std::size_t n, const float* x, float* y) {
  const D d;
  const auto used0 = hn::FirstN(d, n);
  const auto used1 = hn::FirstN(d, n < kLanes ? 0 : n - kLanes);
  const V first = hn::Set(d, x[0]);
  const V values0 = hn::IfThenElse(used0, hn::MaskedLoad(used0, d, x), first);
  const V values1 = hn::IfThenElse(used1, hn::MaskedLoad(used1, d, x + kLanes), first);
  const V most = hn::Set(d, fold(hn::Max(values0, values1), Larger()));
  const V powers0 = hn::IfThenElseZero(used0, Exp()(d, hn::Sub(values0, most)));
  const V powers1 = hn::IfThenElseZero(used1, Exp()(d, hn::Sub(values1, most)));
  const V sum = hn::Set(d, fold(hn::Add(powers0, powers1), Sum()));
  hn::BlendedStore(hn::Div(powers0, sum), used0, d, y);
  hn::BlendedStore(hn::Div(powers1, sum), used1, d, y + kLanes);
}

#endif

}  // namespace

void set_softmax(Kernels<float>& table) { table.short_softmax = short_softmax; }

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
