#include "kernels/kernels.h"

#include <cstddef>
#include <cstdint>

// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/sparse.cpp"
#include "kernels/targets.h"
#include "kernels/list-inl.h"
#include "kernels/map-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET
namespace {

constexpr std::size_t kMostVectors = 8;   // independent sums that hide the latency of a multiply-add
constexpr std::size_t kMostDepth = 1024;  // elements of a row that are listed at a time

struct Places {
  std::uint32_t index[kMostDepth + list_room];
  std::size_t count;
};

/// kVectors vectors of a row of C from column `n`; if kTail, the last has `tail` columns. The sums start with
/// the bias if `first`, otherwise they continue C.
template <std::size_t kVectors, bool kTail>
HWY_NOINLINE void strip(const Gemm<float>& g, const float* a, const float* b, const Places& places,
                        bool first, float* c, std::size_t n, std::size_t tail) {
  const D d;
  const auto mask = hn::FirstN(d, kTail ? tail : kLanes);
  const float* start = first ? g.bias : c;
  V sum[kVectors];
#pragma GCC unroll 16
  for (std::size_t v = 0; v < kVectors; ++v) {
    sum[v] = hn::Zero(d);
    if (start == nullptr) continue;
    const float* at = start + n + v * kLanes;
    sum[v] = kTail && v == kVectors - 1 ? hn::MaskedLoad(mask, d, at) : hn::LoadU(d, at);
  }
  const std::size_t count = places.count;
  const std::size_t stride = g.b_stride;
  b += n;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t k = places.index[i];
    const V factor = hn::Set(d, a[k]);
    const float* row = b + k * stride;
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) {
      const float* at = row + v * kLanes;
      const V values = kTail && v == kVectors - 1 ? hn::MaskedLoad(mask, d, at) : hn::LoadU(d, at);
      sum[v] = hn::MulAdd(factor, values, sum[v]);
    }
  }
#pragma GCC unroll 16
  for (std::size_t v = 0; v < kVectors; ++v) {
    float* at = c + n + v * kLanes;
    if (kTail && v == kVectors - 1)
      hn::BlendedStore(sum[v], mask, d, at);
    else
      hn::StoreU(sum[v], d, at);
  }
}

using Strip = void (*)(const Gemm<float>&, const float*, const float*, const Places&, bool, float*,
                       std::size_t, std::size_t);

template <bool kTail>
HWY_INLINE Strip strip_of(std::size_t vectors) {
  constexpr Strip strips[kMostVectors] = {strip<1, kTail>, strip<2, kTail>, strip<3, kTail>, strip<4, kTail>,
                                          strip<5, kTail>, strip<6, kTail>, strip<7, kTail>, strip<8, kTail>};
  return strips[vectors - 1];
}

void sparse_gemm(const Gemm<float>& g) {
  const std::size_t vectors = (g.columns + kLanes - 1) / kLanes;
  const std::size_t tail = g.columns % kLanes;
  Places places;
  for (std::size_t m = 0; m < g.rows; ++m) {
    const float* a = g.a + m * g.a_row_stride;
    float* c = g.c + m * g.c_stride;
    std::size_t k = 0;
    do {  // once even without depth: C is then the bias
      const std::size_t depth = g.depth - k < kMostDepth ? g.depth - k : kMostDepth;
      places.count = list_nonzero(depth, a + k, nullptr, places.index);
      for_each_strip(vectors, kMostVectors, [&](std::size_t width, std::size_t first, bool last) {
        const Strip run = last && tail != 0 ? strip_of<true>(width) : strip_of<false>(width);
        run(g, a + k, g.b + k * g.b_stride, places, k == 0, c, first * kLanes, tail);
      });
      k += depth;
    } while (k < g.depth);
  }
}

}  // namespace

void set_sparse(Kernels<float>& table) { table.sparse_gemm = sparse_gemm; }

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
