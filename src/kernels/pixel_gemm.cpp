#include "kernels/kernels.h"

#include <cstddef>
#include <cstdint>

// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pixel_gemm.cpp"
#include "kernels/targets.h"
#include "kernels/map-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET
namespace {

// Both kernels handle two or four neighbouring pixels at a time, which usually have ink in the same images,
// and up to kMostVectors vectors of columns. One loop runs over the images in which one of them is not 0, by
// a bit mask of 64. Rows of B, or sums of C, stay in registers, and image data in the first-level cache.
constexpr std::size_t kMostVectors = HWY_TARGET == HWY_AVX3 ? 8 : 4;
constexpr std::size_t group_of(std::size_t vectors) { return vectors <= kMostVectors / 2 ? 4 : 2; }
constexpr std::size_t kBlock = 64;

using M = hn::Mask<D>;

template <std::size_t kVectors>
HWY_INLINE void clear_row(V (&row)[kVectors]) {
#pragma GCC unroll 8
  for (std::size_t v = 0; v < kVectors; ++v) row[v] = hn::Zero(D());
}

template <std::size_t kVectors, bool kTail>
HWY_INLINE void load_row(const float* at, M mask, V (&row)[kVectors]) {
  const D d;
#pragma GCC unroll 8
  for (std::size_t v = 0; v < kVectors; ++v)
    row[v] =
        kTail && v == kVectors - 1 ? hn::MaskedLoad(mask, d, at + v * kLanes) : hn::LoadU(d, at + v * kLanes);
}

template <std::size_t kVectors, bool kTail>
HWY_INLINE void store_row(const V (&row)[kVectors], M mask, float* at) {
  const D d;
#pragma GCC unroll 8
  for (std::size_t v = 0; v < kVectors; ++v) {
    if (kTail && v == kVectors - 1)
      hn::BlendedStore(row[v], mask, d, at + v * kLanes);
    else
      hn::StoreU(row[v], d, at + v * kLanes);
  }
}

template <std::size_t kVectors>
HWY_INLINE void add(float factor, const V (&row)[kVectors], V (&sum)[kVectors]) {
  const V f = hn::Set(D(), factor);
#pragma GCC unroll 8
  for (std::size_t v = 0; v < kVectors; ++v) sum[v] = hn::MulAdd(f, row[v], sum[v]);
}

/// Bit r is set if byte r of 64 is not 0.
HWY_INLINE std::uint64_t used(const std::uint8_t* bytes) {
  const hn::Repartition<std::uint8_t, D> d8;
  std::uint8_t bits[16];  // StoreMaskBits may write eight bytes
  for (std::size_t i = 0; i < kBlock; i += 4 * kLanes)
    hn::StoreMaskBits(d8, hn::Ne(hn::LoadU(d8, bytes + i), hn::Zero(d8)), bits + i / 8);
  std::uint64_t mask;
  hwy::CopyBytes<8>(bits, &mask);
  return mask;
}

/// kPixels pixels of up to kBlock images.
template <std::size_t kPixels>
struct Pixels {
  const std::uint8_t* bytes[kPixels];
  std::uint64_t used_by_any = 0;

  HWY_INLINE Pixels(const std::uint8_t* first, std::size_t stride, std::size_t images) {
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kPixels; ++i) {
      bytes[i] = first + i * stride;
      used_by_any |= used(bytes[i]);
    }
    if (images < kBlock) used_by_any &= (std::uint64_t{1} << images) - 1;
  }
};

template <std::size_t kPixels, std::size_t kVectors, bool kTail>
HWY_INLINE void forward_pixels(const PixelGemm<float>& g, const std::uint8_t* bytes, std::size_t p,
                               std::size_t images, std::size_t n, M mask, float* sums) {
  const D d;
  const float* const value_of_byte = g.x.value_of_byte;
  const Pixels<kPixels> pixels(bytes, g.x.byte_stride, images);
  std::uint64_t left = pixels.used_by_any;
  if (left == 0) return;
  V row[kPixels][kVectors];
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kPixels; ++i)
    load_row<kVectors, kTail>(g.b + (p + i) * g.b_stride + n, mask, row[i]);
  for (; left != 0; left &= left - 1) {
    const std::size_t r = hwy::Num0BitsBelowLS1Bit_Nonzero64(left);
    float* const at = sums + r * kVectors * kLanes;
    V sum[kVectors];
#pragma GCC unroll 8
    for (std::size_t v = 0; v < kVectors; ++v) sum[v] = hn::Load(d, at + v * kLanes);
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kPixels; ++i) add(value_of_byte[pixels.bytes[i][r]], row[i], sum);
#pragma GCC unroll 8
    for (std::size_t v = 0; v < kVectors; ++v) hn::Store(sum[v], d, at + v * kLanes);
  }
}

template <std::size_t kVectors, bool kTail>
HWY_NOINLINE void strip(const PixelGemm<float>& g, std::size_t n, std::size_t tail) {
  const D d;
  const M mask = hn::FirstN(d, kTail ? tail : kLanes);
  const std::size_t stride = g.x.byte_stride;
  V start[kVectors];
  clear_row(start);
  if (g.bias) load_row<kVectors, kTail>(g.bias + n, mask, start);
  for (std::size_t block = 0; block < g.x.images; block += kBlock) {
    const std::size_t images = g.x.images - block < kBlock ? g.x.images - block : kBlock;
    HWY_ALIGN float sums[kBlock * kVectors * kLanes];
    for (std::size_t r = 0; r < images; ++r)
      store_row<kVectors, false>(start, mask, sums + r * kVectors * kLanes);
    const std::uint8_t* bytes = g.x.bytes + block;
    constexpr std::size_t kGroup = group_of(kVectors);
    std::size_t p = 0;
    for (; p + kGroup <= g.x.pixels; p += kGroup)
      forward_pixels<kGroup, kVectors, kTail>(g, bytes + p * stride, p, images, n, mask, sums);
    for (; p < g.x.pixels; ++p)
      forward_pixels<1, kVectors, kTail>(g, bytes + p * stride, p, images, n, mask, sums);
    for (std::size_t r = 0; r < images; ++r) {
      V sum[kVectors];
      load_row<kVectors, false>(sums + r * kVectors * kLanes, mask, sum);
      store_row<kVectors, kTail>(sum, mask, g.c + (block + r) * g.c_stride + n);
    }
  }
}

template <std::size_t kPixels, std::size_t kVectors, bool kTail>
HWY_INLINE void gradient_pixels(const PixelGradient<float>& g, std::size_t p, std::size_t n, M mask) {
  const D d;
  const float* const value_of_byte = g.x.value_of_byte;
  const std::size_t stride = g.x.byte_stride;
  V sum[kPixels][kVectors];
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kPixels; ++i) clear_row(sum[i]);
  bool any = false;
  for (std::size_t block = 0; block < g.x.images; block += kBlock) {
    const Pixels<kPixels> pixels(g.x.bytes + p * stride + block, stride, g.x.images - block);
    const float* const b = g.b + block * g.b_stride + n;
    any = any || pixels.used_by_any != 0;
    for (std::uint64_t left = pixels.used_by_any; left != 0; left &= left - 1) {
      const std::size_t r = hwy::Num0BitsBelowLS1Bit_Nonzero64(left);
      V row[kVectors];
      load_row<kVectors, kTail>(b + r * g.b_stride, mask, row);
#pragma GCC unroll 8
      for (std::size_t i = 0; i < kPixels; ++i) add(value_of_byte[pixels.bytes[i][r]], row, sum[i]);
    }
  }
  if (g.descent && !any && g.descent->l2 == 0) return;  // the weights do not change
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kPixels; ++i) {
    float* const c = g.c + (p + i) * g.c_stride + n;
    if (g.descent) {
      const V rate = hn::Set(d, -g.descent->learning_rate);
      const V l2 = hn::Set(d, g.descent->l2);
      V weights[kVectors];
      load_row<kVectors, kTail>(c, mask, weights);
#pragma GCC unroll 8
      for (std::size_t v = 0; v < kVectors; ++v)
        sum[i][v] = hn::MulAdd(rate, hn::MulAdd(l2, weights[v], sum[i][v]), weights[v]);
    }
    store_row<kVectors, kTail>(sum[i], mask, c);
  }
}

template <std::size_t kVectors, bool kTail>
HWY_NOINLINE void strip(const PixelGradient<float>& g, std::size_t n, std::size_t tail) {
  const M mask = hn::FirstN(D(), kTail ? tail : kLanes);
  constexpr std::size_t kGroup = group_of(kVectors);
  std::size_t p = 0;
  for (; p + kGroup <= g.x.pixels; p += kGroup) gradient_pixels<kGroup, kVectors, kTail>(g, p, n, mask);
  for (; p < g.x.pixels; ++p) gradient_pixels<1, kVectors, kTail>(g, p, n, mask);
}

/// Calls the strip function for `vectors` vectors; `tail` columns in the last, or 0 for all.
template <std::size_t kVectors, class Operation>
HWY_INLINE void run_strip(const Operation& g, std::size_t vectors, std::size_t n, std::size_t tail) {
  if (vectors == kVectors) {
    tail == 0 ? strip<kVectors, false>(g, n, tail) : strip<kVectors, true>(g, n, tail);
  } else if constexpr (kVectors > 1) {
    run_strip<kVectors - 1>(g, vectors, n, tail);
  }
}

template <class Operation>
HWY_INLINE void run_strips(const Operation& g) {
  const std::size_t vectors = (g.columns + kLanes - 1) / kLanes;
  for_each_strip(vectors, kMostVectors, [&](std::size_t width, std::size_t first, bool last) {
    run_strip<kMostVectors>(g, width, first * kLanes, last ? g.columns % kLanes : 0);
  });
}

void pixel_gemm(const PixelGemm<float>& g) { run_strips(g); }
void pixel_gradient(const PixelGradient<float>& g) { run_strips(g); }

}  // namespace

void set_pixel_gemm(Kernels<float>& table) {
  table.pixel_gemm = pixel_gemm;
  table.pixel_gradient = pixel_gradient;
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
