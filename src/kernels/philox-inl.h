// Philox4x32-10 (scrawl/random.h) on vectors, once per instruction set (see map-inl.h).
#if defined(SCRAWL_KERNELS_PHILOX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SCRAWL_KERNELS_PHILOX_INL_H_
#undef SCRAWL_KERNELS_PHILOX_INL_H_
#else
#define SCRAWL_KERNELS_PHILOX_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET

using D32 = hn::RebindToUnsigned<D>;
using D64 = hn::RepartitionToWide<D32>;
using V32 = hn::Vec<D32>;
using V64 = hn::Vec<D64>;

/// Replaces each c[v][0], one counter per 64-bit lane, by the four words of its block, c[v][0] to c[v][3].
/// Several vectors hide each other's latency. The upper halves of lanes do not matter, before and after.
template <std::size_t kVectors>
HWY_INLINE void philox(const RandomKey& key, V64 (&c)[kVectors][4]) {
  const D32 d32;
  const D64 d;
  const V32 m0 = hn::Set(d32, 0xD2511F53U);
  const V32 m1 = hn::Set(d32, 0xCD9E8D57U);
#pragma GCC unroll 4
  for (std::size_t v = 0; v < kVectors; ++v) {
    c[v][1] = hn::Set(d, key.sample);
    c[v][2] = hn::Set(d, key.step);
    c[v][3] = hn::Set(d, static_cast<std::uint64_t>(key.purpose));
  }
  auto key0 = static_cast<std::uint32_t>(key.seed);
  auto key1 = static_cast<std::uint32_t>(key.seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const V64 k0 = hn::Set(d, key0);
    const V64 k1 = hn::Set(d, key1);
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVectors; ++v) {
      const V64 p0 = hn::MulEven(hn::BitCast(d32, c[v][0]), m0);
      const V64 p1 = hn::MulEven(hn::BitCast(d32, c[v][2]), m1);
      c[v][0] = hn::Xor(hn::Xor(hn::ShiftRight<32>(p1), c[v][1]), k0);
      c[v][1] = p1;
      c[v][2] = hn::Xor(hn::Xor(hn::ShiftRight<32>(p0), c[v][3]), k1);
      c[v][3] = p0;
    }
    key0 += 0x9E3779B9U;
    key1 += 0xBB67AE85U;
  }
}

/// Interleaves the lower halves of a and b.
HWY_INLINE V32 merge(V64 a, V64 b) {
  const D32 d32;
  return hn::OddEven(hn::BitCast(d32, hn::ShiftLeft<32>(b)), hn::BitCast(d32, a));
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
