// The types of the vector kernels, and element-wise loops. Files named *-inl.h are compiled once per
// instruction set, hence no ordinary include guard: Highway's toggle lets them in again for each target.
#if defined(SCRAWL_KERNELS_MAP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SCRAWL_KERNELS_MAP_INL_H_
#undef SCRAWL_KERNELS_MAP_INL_H_
#else
#define SCRAWL_KERNELS_MAP_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
constexpr std::size_t kLanes = HWY_TARGET == HWY_AVX3 ? 16 : 8;

/// Keeps v in a register; GCC would load it for each multiply-add, and tiles have no loads to spare.
HWY_INLINE V held(V v) {
  asm("" : "+v"(v.raw));
  return v;
}

template <class F>
HWY_INLINE void map(std::size_t n, const float* x, float* y, const F& f) {
  const D d;
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) hn::StoreU(f(d, hn::LoadU(d, x + i)), d, y + i);
  if (i == n) return;
  const auto mask = hn::FirstN(d, n - i);
  hn::BlendedStore(f(d, hn::MaskedLoad(mask, d, x + i)), mask, d, y + i);
}

template <class F>
HWY_INLINE void map(std::size_t n, const float* x, const float* y, float* z, const F& f) {
  const D d;
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) hn::StoreU(f(d, hn::LoadU(d, x + i), hn::LoadU(d, y + i)), d, z + i);
  if (i == n) return;
  const auto mask = hn::FirstN(d, n - i);
  hn::BlendedStore(f(d, hn::MaskedLoad(mask, d, x + i), hn::MaskedLoad(mask, d, y + i)), mask, d, z + i);
}

/// Cuts `vectors` into strips of at most `most` and calls run(width, first, last) for each, in vectors;
/// `last` is true for the last strip. Widths are balanced: five vectors are 3 + 2, not 4 + 1.
template <class Run>
HWY_INLINE void for_each_strip(std::size_t vectors, std::size_t most, const Run& run) {
  const std::size_t strips = (vectors + most - 1) / most;
  std::size_t done = 0;
  for (std::size_t s = 0; s < strips; ++s) {
    const std::size_t width = (vectors - done + strips - s - 1) / (strips - s);
    run(width, done, s + 1 == strips);
    done += width;
  }
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
