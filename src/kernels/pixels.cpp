#include "kernels/kernels.h"

#include <cstddef>
#include <cstdint>

// The order of what follows matters.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pixels.cpp"
#include "kernels/targets.h"
#include "kernels/list-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET

/// Calls each(bytes, places) for every vector of pixels, with zeros behind the last.
template <class Each>
HWY_INLINE void for_each_vector(std::size_t pixels, const std::uint8_t* bytes, const Each& each) {
  const DU du;
  const hn::Rebind<std::uint8_t, D> d8;
  const VU lanes = hn::Set(du, static_cast<std::uint32_t>(kLanes));
  VU places = hn::Iota(du, 0);
  std::size_t i = 0;
  for (; i + kLanes <= pixels; i += kLanes) {
    each(hn::PromoteTo(du, hn::LoadU(d8, bytes + i)), places);
    places = hn::Add(places, lanes);
  }
  if (i == pixels) return;
  std::uint8_t last[HWY_MAX_BYTES] = {};
  for (std::size_t j = i; j < pixels; ++j) last[j - i] = bytes[j];
  each(hn::PromoteTo(du, hn::LoadU(d8, last)), places);
}

PackedPixels pack_pixels(std::size_t pixels, const std::uint8_t* bytes, std::uint32_t* packed) {
  const DU du;
  std::size_t count = 0;
  VU sums = hn::Zero(du);
  for_each_vector(pixels, bytes, [&](VU pixel, VU place) {
    sums = hn::Add(sums, pixel);
    count +=
        append_used(hn::Or(place, hn::ShiftLeft<16>(pixel)), hn::Ne(pixel, hn::Zero(du)), packed + count);
  });
  std::uint32_t parts[kLanes];
  hn::StoreU(sums, du, parts);
  std::uint64_t sum = 0;
  for (const std::uint32_t part : parts) sum += part;
  return {count, sum};
}

using D8 = hn::Full128<std::uint8_t>;
using V8 = hn::Vec<D8>;

/// Transposes 16 x 16 bytes: each of four rounds interleaves the first eight rows with the last eight.
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

/// 16 pixels, from `p` on, of 16 images, or of the first `count` and zeros.
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

/// Fewer than 16 pixels.
HWY_NOINLINE void transpose_rest_of(std::size_t count, const std::uint8_t* const* images, std::size_t p,
                                    std::size_t width, std::size_t stride, std::uint8_t* out) {
  for (std::size_t j = 0; j < width; ++j)
    for (std::size_t i = 0; i < 16; ++i) out[j * stride + i] = i < count ? images[i][p + j] : std::uint8_t{0};
}

void transpose_bytes(std::size_t count, std::size_t first, std::size_t end, const std::uint8_t* const* images,
                     std::uint8_t* out) {
  const std::size_t stride = byte_stride_for(count);
  // Image by image, as far as it goes: that is what the hardware fetches ahead.
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

void set_pixels(Kernels<float>& table) {
  table.pack_pixels = pack_pixels;
  table.transpose_bytes = transpose_bytes;
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
