// Transposing in registers, once per instruction set (see map-inl.h).
#if defined(SCRAWL_KERNELS_TRANSPOSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SCRAWL_KERNELS_TRANSPOSE_INL_H_
#undef SCRAWL_KERNELS_TRANSPOSE_INL_H_
#else
#define SCRAWL_KERNELS_TRANSPOSE_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET

/// Transposes kLanes rows of four values; row `last` replaces the rows after it. Each block of four lanes is
/// loaded from its row, so only the 4x4 squares need shuffles.
HWY_INLINE void transpose_strip(const float* in, std::size_t stride, std::size_t last, V* out) {
  const D d;
  const hn::RepartitionToWide<D> dw;
  V v[4];
#pragma GCC unroll 4
  for (std::size_t block = kLanes / 4; block-- > 0;) {
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) {
      const std::size_t row = 4 * block + i;
      const V values = hn::LoadDup128(d, in + (row < last ? row : last) * stride);
      v[i] = block == kLanes / 4 - 1 ? values : hn::IfThenElse(hn::FirstN(d, 4 * block + 4), values, v[i]);
    }
  }
  const auto low01 = hn::BitCast(dw, hn::InterleaveLower(d, v[0], v[1]));
  const auto low23 = hn::BitCast(dw, hn::InterleaveLower(d, v[2], v[3]));
  const auto high01 = hn::BitCast(dw, hn::InterleaveUpper(d, v[0], v[1]));
  const auto high23 = hn::BitCast(dw, hn::InterleaveUpper(d, v[2], v[3]));
  out[0] = hn::BitCast(d, hn::InterleaveLower(dw, low01, low23));
  out[1] = hn::BitCast(d, hn::InterleaveUpper(dw, low01, low23));
  out[2] = hn::BitCast(d, hn::InterleaveLower(dw, high01, high23));
  out[3] = hn::BitCast(d, hn::InterleaveUpper(dw, high01, high23));
}

// This many rows make whole cache lines of the result; a half-written line might be evicted.
constexpr std::size_t kLineRows = 16;

/// kLineRows rows, or fewer if kTail.
template <bool kTail>
HWY_INLINE void transpose_rows(std::size_t rows, std::size_t columns, const float* in, std::size_t in_stride,
                               float* out, std::size_t out_stride) {
  const D d;
  std::size_t c = 0;
  for (; c + 4 <= columns; c += 4) {
#pragma GCC unroll 2
    for (std::size_t r = 0; r < kLineRows; r += kLanes) {
      if (kTail && r >= rows) break;
      const std::size_t left = kTail && rows - r < kLanes ? rows - r : kLanes;
      V v[4];
      transpose_strip(in + r * in_stride + c, in_stride, left - 1, v);
#pragma GCC unroll 4
      for (std::size_t i = 0; i < 4; ++i) {
        float* at = out + (c + i) * out_stride + r;
        if (left < kLanes)
          hn::BlendedStore(v[i], hn::FirstN(d, left), d, at);
        else
          hn::StoreU(v[i], d, at);
      }
    }
  }
  for (; c < columns; ++c)
    for (std::size_t r = 0; r < rows; ++r) out[c * out_stride + r] = in[r * in_stride + c];
}

HWY_INLINE void transpose_matrix(std::size_t rows, std::size_t columns, const float* in,
                                 std::size_t in_stride, float* out, std::size_t out_stride) {
  std::size_t r = 0;
  for (; r + kLineRows <= rows; r += kLineRows)
    transpose_rows<false>(kLineRows, columns, in + r * in_stride, in_stride, out + r, out_stride);
  if (r < rows) transpose_rows<true>(rows - r, columns, in + r * in_stride, in_stride, out + r, out_stride);
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
