#include "kernels/kernels.h"

#include <cstddef>
#include <cstdint>

// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pixels.cpp"
#include "kernels/targets.h"
#include "kernels/map-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET
namespace {

using D8 = hn::Full128<std::uint8_t>;
using V8 = hn::Vec<D8>;

/// Transposes 16 x 16 bytes: each of four rounds interleaves the first eight rows with the last.
HWY_INLINE void transpose_block(V8 (&rows)[16]) {
  const D8 d;
#pragma GCC unroll 4
  for (int round = 0; round < 4; ++round) {
    V8 next[16];
#pragma GCC unroll 8
    for (std::size_t i = 0; i < 8; ++i) {
      next[2 * i] = hn::InterleaveLower(d, rows[i], rows[i + 8]);
      next[2 * i + 1] = hn::InterleaveUpper(d, rows[i], rows[i + 8]);
    }
#pragma GCC unroll 16
    for (std::size_t i = 0; i < 16; ++i) rows[i] = next[i];
  }
}

/// 16 pixels, from `p`, of 16 images; or of the first `count`, and zeros.
template <bool kAll>
HWY_INLINE void transpose_block_of(std::size_t count, const std::uint8_t* const* images, std::size_t p,
                                   std::size_t stride, std::uint8_t* out) {
  const D8 d;
  V8 rows[16];
#pragma GCC unroll 16
  for (std::size_t i = 0; i < 16; ++i)
    rows[i] = kAll || i < count ? hn::LoadU(d, images[i] + p) : hn::Zero(d);
  transpose_block(rows);
#pragma GCC unroll 16
  for (std::size_t j = 0; j < 16; ++j) hn::StoreU(rows[j], d, out + j * stride);
}

HWY_NOINLINE void transpose_rest_of(std::size_t count, const std::uint8_t* const* images, std::size_t p,
                                    std::size_t width, std::size_t stride, std::uint8_t* out) {
  for (std::size_t j = 0; j < width; ++j)
    for (std::size_t i = 0; i < 16; ++i) out[j * stride + i] = i < count ? images[i][p + j] : std::uint8_t{0};
}

void transpose_bytes(std::size_t count, std::size_t first, std::size_t end, const std::uint8_t* const* images,
                     std::uint8_t* out) {
  const std::size_t stride = byte_stride_for(count);
  // One image after the other, in the order of hardware prefetching.
  for (std::size_t r = 0; r < stride; r += 16) {
    const std::size_t left = count > r ? count - r : 0;
    std::uint8_t* to = out + r;
    std::size_t p = first;
    for (; p + 16 <= end; p += 16, to += 16 * stride)
      left >= 16 ? transpose_block_of<true>(left, images + r, p, stride, to)
                 : transpose_block_of<false>(left, images + r, p, stride, to);
    if (p < end) transpose_rest_of(left, images + r, p, end - p, stride, to);
  }
}

}  // namespace

void set_pixels(Kernels<float>& table) { table.transpose_bytes = transpose_bytes; }

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
