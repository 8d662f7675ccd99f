// The tiles of the dense matrix product, once per instruction set (see map-inl.h).
#if defined(SCRAWL_KERNELS_GEMM_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SCRAWL_KERNELS_GEMM_TILES_INL_H_
#undef SCRAWL_KERNELS_GEMM_TILES_INL_H_
#else
#define SCRAWL_KERNELS_GEMM_TILES_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET

// A tile of C is kRows rows by kVectors vectors, held in registers during one loop over the depth. The shapes
// fill the registers (32 with AVX-512, 16 with AVX2) and hide the latency of multiply-adds.
constexpr std::size_t kMostVectors = HWY_TARGET == HWY_AVX3 ? 4 : 3;
// A single row has no others to hide the latency behind, so its tiles are wider.
constexpr std::size_t kMostVectorsOfOneRow = 8;

constexpr std::size_t tile_rows(std::size_t vectors) {
  if (HWY_TARGET == HWY_AVX3) return vectors == 4 ? 6 : vectors == 3 ? 8 : vectors == 2 ? 12 : 14;
  return vectors == 3 ? 4 : vectors == 2 ? 6 : 12;
}

/// A strip of C of up to kMostVectors vectors. The sums start with the bias or 0, or continue C if `goes_on`.
struct Strip {
  Gemm<float> g;
  bool goes_on;
  std::size_t tail;  ///< columns of the last vector, if not all
};

template <std::size_t kRows, std::size_t kVectors, bool kTail>
HWY_INLINE void tile(const Strip& strip, std::size_t m) {
  const Gemm<float>& g = strip.g;
  const D d;
  const auto mask = hn::FirstN(d, kTail ? strip.tail : kLanes);
  V sum[kRows][kVectors];
  float* const c = g.c + m * g.c_stride;
  const float* const start = strip.goes_on ? c : g.bias;
  const std::size_t start_stride = strip.goes_on ? g.c_stride : 0;
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) {
      sum[r][v] = hn::Zero(d);
      if (start == nullptr) continue;
      const float* at = start + r * start_stride + v * kLanes;
      sum[r][v] = kTail && v == kVectors - 1 ? hn::MaskedLoad(mask, d, at) : hn::LoadU(d, at);
    }
  }
  const float* HWY_RESTRICT a = g.a + m * g.a_row_stride;
  const float* HWY_RESTRICT b = g.b;
  const std::size_t a_row_stride = g.a_row_stride;
  for (std::size_t k = 0; k < g.depth; ++k) {
    V row[kVectors];
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v)
      row[v] =
          kTail && v == kVectors - 1 ? hn::MaskedLoad(mask, d, b + v * kLanes) : hn::LoadU(d, b + v * kLanes);
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) {
      const V factor = hn::Set(d, a[r * a_row_stride]);
#pragma GCC unroll 16
      for (std::size_t v = 0; v < kVectors; ++v) sum[r][v] = hn::MulAdd(factor, row[v], sum[r][v]);
    }
    a += g.a_depth_stride;
    b += g.b_stride;
  }
  if (g.descent) {
    // Load all weights before storing any: a load next to a masked store would wait for it.
    const V rate = hn::Set(d, -g.descent->learning_rate);
    const V l2 = hn::Set(d, g.descent->l2);
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
      for (std::size_t v = 0; v < kVectors; ++v) {
        const float* at = c + r * g.c_stride + v * kLanes;
        const V weights = kTail && v == kVectors - 1 ? hn::MaskedLoad(mask, d, at) : hn::LoadU(d, at);
        sum[r][v] = hn::MulAdd(rate, hn::MulAdd(l2, weights, sum[r][v]), weights);
      }
    }
  }
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) {
      float* at = c + r * g.c_stride + v * kLanes;
      if (kTail && v == kVectors - 1)
        hn::BlendedStore(sum[r][v], mask, d, at);
      else
        hn::StoreU(sum[r][v], d, at);
    }
  }
}

template <std::size_t kVectors, bool kTail>
HWY_NOINLINE void all_rows(const Strip& strip) {
  const std::size_t rows = strip.g.rows;
  std::size_t m = 0;
  if constexpr (kVectors <= kMostVectors) {
    constexpr std::size_t kRows = tile_rows(kVectors);
    for (; m + kRows <= rows; m += kRows) tile<kRows, kVectors, kTail>(strip, m);
    for (; m + 4 <= rows; m += 4) tile<4, kVectors, kTail>(strip, m);
    for (; m + 2 <= rows; m += 2) tile<2, kVectors, kTail>(strip, m);
  }
  for (; m < rows; ++m) tile<1, kVectors, kTail>(strip, m);
}

// A one-sample step is limited by memory: it changes each weight once, goes through the rows in order, and
// loads a row before storing the one before it, because a load next to a masked store waits for it.
constexpr std::size_t kMostVectorsOfStep = HWY_TARGET == HWY_AVX3 ? 8 : 4;

template <std::size_t kVectors, bool kTail>
HWY_NOINLINE void rank_one_rows(const Strip& strip) {
  const Gemm<float>& g = strip.g;
  const D d;
  const auto mask = hn::FirstN(d, kTail ? strip.tail : kLanes);
  const V zero = hn::Zero(d);
  const V rate = hn::Set(d, -g.descent->learning_rate);
  const V l2 = hn::Set(d, g.descent->l2);
  V factors[kVectors];
  V weights[kVectors];
  float* c = g.c;
#pragma GCC unroll 16
  for (std::size_t v = 0; v < kVectors; ++v) {
    const bool partial = kTail && v == kVectors - 1;
    const float* b = g.b + v * kLanes;
    factors[v] = partial ? hn::MaskedLoad(mask, d, b) : hn::LoadU(d, b);
    weights[v] = partial ? hn::MaskedLoad(mask, d, c + v * kLanes) : hn::LoadU(d, c + v * kLanes);
  }
  for (std::size_t m = 0; m < g.rows; ++m) {
    const V a = hn::Set(d, g.a[m * g.a_row_stride]);
    const float* next_row = m + 1 < g.rows ? c + g.c_stride : c;
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) {
      const V gradient = hn::MulAdd(l2, weights[v], hn::MulAdd(a, factors[v], zero));
      const V result = hn::MulAdd(rate, gradient, weights[v]);
      if (kTail && v == kVectors - 1) {
        weights[v] = hn::MaskedLoad(mask, d, next_row + v * kLanes);
        hn::BlendedStore(result, mask, d, c + v * kLanes);
      } else {
        weights[v] = hn::LoadU(d, next_row + v * kLanes);
        hn::StoreU(result, d, c + v * kLanes);
      }
    }
    c += g.c_stride;
  }
}

using RunStrip = void (*)(const Strip&);

template <bool kTail>
HWY_INLINE RunStrip all_rows_of(std::size_t vectors) {
  constexpr RunStrip runs[kMostVectorsOfOneRow] = {all_rows<1, kTail>, all_rows<2, kTail>, all_rows<3, kTail>,
                                                   all_rows<4, kTail>, all_rows<5, kTail>, all_rows<6, kTail>,
                                                   all_rows<7, kTail>, all_rows<8, kTail>};
  return runs[vectors - 1];
}

template <bool kTail>
HWY_INLINE RunStrip rank_one_rows_of(std::size_t vectors) {
  constexpr RunStrip runs[8] = {rank_one_rows<1, kTail>, rank_one_rows<2, kTail>, rank_one_rows<3, kTail>,
                                rank_one_rows<4, kTail>, rank_one_rows<5, kTail>, rank_one_rows<6, kTail>,
                                rank_one_rows<7, kTail>, rank_one_rows<8, kTail>};
  return runs[vectors - 1];
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
