#include "kernels/kernels.h"

#include <cstddef>

// The order of what follows matters.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm.cpp"
#include "kernels/targets.h"
#include "kernels/map-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET

// A tile of C is kRows rows by kVectors vectors, held in registers while one loop runs over the depth. The
// shapes fill the register file (32 registers with AVX-512, 16 with AVX2) and keep enough independent
// multiply-adds in flight to hide their latency.
constexpr std::size_t kMostVectors = HWY_TARGET == HWY_AVX3 ? 4 : 3;
// A single row has no other rows to hide the latency behind, so its tiles are wider.
constexpr std::size_t kMostVectorsOfOneRow = 8;

constexpr std::size_t tile_rows(std::size_t vectors) {
  if (HWY_TARGET == HWY_AVX3) return vectors == 4 ? 6 : vectors == 3 ? 8 : vectors == 2 ? 12 : 14;
  return vectors == 3 ? 4 : vectors == 2 ? 6 : 12;
}

/// One tile with its upper left corner at row `m`, column `n`; if kTail, the last vector has only `tail`
/// columns.
template <std::size_t kRows, std::size_t kVectors, bool kTail>
HWY_INLINE void tile(const Gemm<float>& g, std::size_t m, std::size_t n, std::size_t tail) {
  const D d;
  const auto mask = hn::FirstN(d, kTail ? tail : kLanes);
  V sum[kRows][kVectors];
#pragma GCC unroll 16
  for (std::size_t v = 0; v < kVectors; ++v) {
    V start = hn::Zero(d);
    if (g.bias) {
      const float* bias = g.bias + n + v * kLanes;
      start = kTail && v == kVectors - 1 ? hn::MaskedLoad(mask, d, bias) : hn::LoadU(d, bias);
    }
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) sum[r][v] = start;
  }
  const float* HWY_RESTRICT a = g.a + m * g.a_row_stride;
  const float* HWY_RESTRICT b = g.b + n;
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
  float* const c = g.c + m * g.c_stride + n;
  if (g.descent) {
    // All weights are loaded before any is stored: a load next to a masked store would wait for it.
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

/// All rows of a strip of kVectors vectors: full tiles, then tiles of 4, 2 and 1 rows for the rest.
template <std::size_t kVectors, bool kTail>
HWY_NOINLINE void strip(const Gemm<float>& g, std::size_t n, std::size_t tail) {
  std::size_t m = 0;
  if constexpr (kVectors <= kMostVectors) {
    constexpr std::size_t kRows = tile_rows(kVectors);
    for (; m + kRows <= g.rows; m += kRows) tile<kRows, kVectors, kTail>(g, m, n, tail);
    for (; m + 4 <= g.rows; m += 4) tile<4, kVectors, kTail>(g, m, n, tail);
    for (; m + 2 <= g.rows; m += 2) tile<2, kVectors, kTail>(g, m, n, tail);
  }
  for (; m < g.rows; ++m) tile<1, kVectors, kTail>(g, m, n, tail);
}

using Strip = void (*)(const Gemm<float>&, std::size_t n, std::size_t tail);

template <bool kTail>
HWY_INLINE Strip strip_of(std::size_t vectors) {
  constexpr Strip strips[kMostVectorsOfOneRow] = {strip<1, kTail>, strip<2, kTail>, strip<3, kTail>,
                                                  strip<4, kTail>, strip<5, kTail>, strip<6, kTail>,
                                                  strip<7, kTail>, strip<8, kTail>};
  return strips[vectors - 1];
}

// The step of one sample changes each weight once, so it is all about memory: rows are gone through in order,
// and a row is loaded before the one before it is stored, because a load next to a masked store waits for it.
constexpr std::size_t kMostVectorsOfStep = HWY_TARGET == HWY_AVX3 ? 8 : 4;

template <std::size_t kVectors, bool kTail>
HWY_NOINLINE void rank_one_strip(const Gemm<float>& g, std::size_t n, std::size_t tail) {
  const D d;
  const auto mask = hn::FirstN(d, kTail ? tail : kLanes);
  const V zero = hn::Zero(d);
  const V rate = hn::Set(d, -g.descent->learning_rate);
  const V l2 = hn::Set(d, g.descent->l2);
  V factors[kVectors];
  V weights[kVectors];
  float* c = g.c + n;
#pragma GCC unroll 16
  for (std::size_t v = 0; v < kVectors; ++v) {
    const bool partial = kTail && v == kVectors - 1;
    const float* b = g.b + n + v * kLanes;
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

template <bool kTail>
HWY_INLINE Strip rank_one_strip_of(std::size_t vectors) {
  constexpr Strip strips[8] = {rank_one_strip<1, kTail>, rank_one_strip<2, kTail>, rank_one_strip<3, kTail>,
                               rank_one_strip<4, kTail>, rank_one_strip<5, kTail>, rank_one_strip<6, kTail>,
                               rank_one_strip<7, kTail>, rank_one_strip<8, kTail>};
  return strips[vectors - 1];
}

void gemm(const Gemm<float>& g) {
  const std::size_t vectors = (g.columns + kLanes - 1) / kLanes;
  if (g.rows == 0) return;
  const bool rank_one = g.descent && g.depth == 1;
  const std::size_t most = rank_one ? kMostVectorsOfStep : g.rows == 1 ? kMostVectorsOfOneRow : kMostVectors;
  const std::size_t strips = (vectors + most - 1) / most;
  const std::size_t tail = g.columns % kLanes;
  // Strips of even width: five vectors are done as 3 + 2, not as 4 + 1.
  std::size_t done = 0;
  for (std::size_t s = 0; s < strips; ++s) {
    const std::size_t width = (vectors - done + strips - s - 1) / (strips - s);
    const std::size_t n = done * kLanes;
    const bool partial = s + 1 == strips && tail != 0;
    const Strip run = rank_one ? (partial ? rank_one_strip_of<true>(width) : rank_one_strip_of<false>(width))
                               : (partial ? strip_of<true>(width) : strip_of<false>(width));
    run(g, n, tail);
    done += width;
  }
}

void column_sums(std::size_t rows, std::size_t columns, const float* in, std::size_t stride, float* out) {
  const D d;
  for (std::size_t c = 0; c < columns; c += kLanes) {
    const std::size_t left = columns - c;
    const auto mask = hn::FirstN(d, left < kLanes ? left : kLanes);
    V sum = hn::Zero(d);
    for (std::size_t r = 0; r < rows; ++r) sum = hn::Add(sum, hn::MaskedLoad(mask, d, in + r * stride + c));
    hn::BlendedStore(sum, mask, d, out + c);
  }
}

void set_gemm(Kernels<float>& table) {
  table.gemm = gemm;
  table.column_sums = column_sums;
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
