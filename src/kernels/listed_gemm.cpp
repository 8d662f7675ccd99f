#include "kernels/kernels.h"

#include <cstddef>
#include <cstdint>

// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/listed_gemm.cpp"
#include "kernels/targets.h"
#include "kernels/list-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET
namespace {

// Vectors of a row per strip: two rows of them, the weights and the factors fill the registers.
constexpr std::size_t kMostVectors = HWY_TARGET == HWY_AVX3 ? 8 : 6;
// Weights per block of depth. A list has about half of the places, so these fit the first-level cache.
constexpr std::size_t kBytesOfWeights = 49152;

/// The compiler would otherwise load the weights once for each of two multiply-adds.
HWY_INLINE V in_register(V v) {
  __asm__("" : "+v"(v.raw));
  return v;
}

struct NumberOfByte {
  float of[256] = {};
  constexpr NumberOfByte() {
    for (int byte = 0; byte < 256; ++byte) of[byte] = static_cast<float>(byte);
  }
};
constexpr NumberOfByte number;

/// Entries of list_bytes.
class Bytes {
 public:
  Bytes(const ListedGemm<float>&, std::size_t, std::size_t) {}
  static std::uint32_t first_entry_of(std::size_t place) { return static_cast<std::uint32_t>(place << 16U); }
  HWY_INLINE static std::size_t place(std::uint32_t entry) { return entry >> 16U; }
  HWY_INLINE V first(std::uint32_t entry) const { return hn::Set(D(), number.of[(entry >> 8U) & 0xffU]); }
  HWY_INLINE V second(std::uint32_t entry) const { return hn::Set(D(), number.of[entry & 0xffU]); }
};

/// Entries of list_nonzero.
class Numbers {
 public:
  Numbers(const ListedGemm<float>& g, std::size_t first, std::size_t second)
      : first_(g.x + first * g.x_stride), second_(g.x + second * g.x_stride) {}
  static std::uint32_t first_entry_of(std::size_t place) { return static_cast<std::uint32_t>(place); }
  HWY_INLINE static std::size_t place(std::uint32_t entry) { return entry; }
  HWY_INLINE V first(std::uint32_t entry) const { return hn::Set(D(), first_[entry]); }
  HWY_INLINE V second(std::uint32_t entry) const { return hn::Set(D(), second_[entry]); }

 private:
  const float* first_;
  const float* second_;
};

/// kRows rows from `m` and kVectors vectors from column `n`: adds the products of the list from `entry` to
/// the first entry of at least `end`, and returns that entry. The sums start with the bias, or continue C.
template <class Values, std::size_t kRows, std::size_t kVectors>
HWY_INLINE const std::uint32_t* add_products(const ListedGemm<float>& g, std::size_t m, std::size_t n,
                                             const std::uint32_t* entry, std::uint32_t end, bool begin) {
  const D d;
  const Values values(g, m, m + kRows - 1);
  float* const c = g.c + m * g.c_stride + n;
  V sums[kRows][kVectors];
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
    const float* const start = begin ? g.bias + n : c + r * g.c_stride;
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) sums[r][v] = hn::LoadU(d, start + v * kLanes);
  }
  const float* const w = g.w + n;
  const std::size_t columns = g.columns;
  for (; *entry < end; ++entry) {
    const float* const row = w + Values::place(*entry) * columns;
    const V first = values.first(*entry);
    const V second = kRows > 1 ? values.second(*entry) : first;
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) {
      V weights = hn::LoadU(d, row + v * kLanes);
      if (kRows > 1) weights = in_register(weights);
      sums[0][v] = hn::MulAdd(first, weights, sums[0][v]);
      if (kRows > 1) sums[kRows - 1][v] = hn::MulAdd(second, weights, sums[kRows - 1][v]);
    }
  }
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r)
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) hn::StoreU(sums[r][v], d, c + r * g.c_stride + v * kLanes);
  return entry;
}

/// kVectors vectors of all rows. For many rows, blocks of depth keep the weights in the cache.
template <class Values, std::size_t kVectors>
HWY_NOINLINE void strip(const ListedGemm<float>& g, std::size_t n) {
  if (g.rows == 1) {
    add_products<Values, 1, kVectors>(g, 0, n, g.lists, list_end, true);
    return;
  }
  const std::uint32_t* next[most_listed_rows / 2];
  const std::size_t bytes = g.depth * kVectors * kLanes * sizeof(float);
  const std::size_t blocks = (bytes + kBytesOfWeights - 1) / kBytesOfWeights;
  for (std::size_t block = 0; block < blocks; ++block) {
    const std::uint32_t end =
        block + 1 < blocks ? Values::first_entry_of(g.depth * (block + 1) / blocks) : list_end;
    for (std::size_t m = 0; m < g.rows; m += 2) {
      const std::uint32_t* const entry = block == 0 ? g.lists + m / 2 * g.list_stride : next[m / 2];
      next[m / 2] = m + 2 <= g.rows ? add_products<Values, 2, kVectors>(g, m, n, entry, end, block == 0)
                                    : add_products<Values, 1, kVectors>(g, m, n, entry, end, block == 0);
    }
  }
}

template <class Values>
HWY_INLINE void all_strips(const ListedGemm<float>& g) {
  using Strip = void (*)(const ListedGemm<float>&, std::size_t);
  constexpr Strip of[8] = {strip<Values, 1>, strip<Values, 2>, strip<Values, 3>, strip<Values, 4>,
                           strip<Values, 5>, strip<Values, 6>, strip<Values, 7>, strip<Values, 8>};
  for (std::size_t n = 0; n < g.columns;) {
    const std::size_t left = (g.columns - n) / kLanes;
    const std::size_t vectors = left < kMostVectors ? left : kMostVectors;
    of[vectors - 1](g, n);
    n += vectors * kLanes;
  }
}

void listed_gemm(const ListedGemm<float>& g) { g.x ? all_strips<Numbers>(g) : all_strips<Bytes>(g); }

constexpr std::size_t kNarrowVectors = narrow_columns / kLanes;

template <std::size_t kRows>
struct NarrowSums {
  V of[kRows][narrow_chains][kNarrowVectors];
};

template <std::size_t kRows>
HWY_INLINE void add_product(const Gemm<float>& g, const float* a, std::size_t k, std::size_t chain,
                            NarrowSums<kRows>& sums) {
  const D d;
#pragma GCC unroll 16
  for (std::size_t v = 0; v < kNarrowVectors; ++v) {
    V weights = hn::LoadU(d, g.b + k * narrow_columns + v * kLanes);
    if (kRows > 1) weights = in_register(weights);
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r)
      sums.of[r][chain][v] = hn::MulAdd(hn::Set(d, a[r * g.a_row_stride + k]), weights, sums.of[r][chain][v]);
  }
}

template <std::size_t kRows>
HWY_NOINLINE void narrow_rows(const Gemm<float>& g, std::size_t m) {
  const D d;
  const float* const a = g.a + m * g.a_row_stride;
  NarrowSums<kRows> sums;
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r)
#pragma GCC unroll 16
    for (std::size_t chain = 0; chain < narrow_chains; ++chain)
#pragma GCC unroll 16
      for (std::size_t v = 0; v < kNarrowVectors; ++v)
        sums.of[r][chain][v] = chain == 0 ? hn::LoadU(d, g.bias + v * kLanes) : hn::Zero(d);
  std::size_t k = 0;
  for (; k + narrow_chains <= g.depth; k += narrow_chains)
#pragma GCC unroll 16
    for (std::size_t chain = 0; chain < narrow_chains; ++chain)
      add_product<kRows>(g, a, k + chain, chain, sums);
#pragma GCC unroll 16
  for (std::size_t chain = 0; chain + 1 < narrow_chains; ++chain)
    if (k + chain < g.depth) add_product<kRows>(g, a, k + chain, chain, sums);
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r)
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kNarrowVectors; ++v)
      hn::StoreU(
          hn::Add(hn::Add(sums.of[r][0][v], sums.of[r][1][v]), hn::Add(sums.of[r][2][v], sums.of[r][3][v])),
          d, g.c + (m + r) * g.c_stride + v * kLanes);
}

void narrow_gemm(const Gemm<float>& g) {
  std::size_t m = 0;
  for (; m + 2 <= g.rows; m += 2) narrow_rows<2>(g, m);
  if (m < g.rows) narrow_rows<1>(g, m);
}

template <bool kTwo>
HWY_INLINE std::size_t list_bytes_of(std::size_t n, const std::uint8_t* a, const std::uint8_t* b,
                                     std::uint32_t* list) {
  const DU du;
  const hn::Rebind<std::uint8_t, D> d8;
  const VU lanes = hn::Set(du, static_cast<std::uint32_t>(kLanes) << 16U);
  VU places = hn::ShiftLeft<16>(hn::Iota(du, 0));
  std::size_t count = 0;
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    VU values = hn::ShiftLeft<8>(hn::PromoteTo(du, hn::LoadU(d8, a + i)));
    if (kTwo) values = hn::Or(values, hn::PromoteTo(du, hn::LoadU(d8, b + i)));
    count += append_used(hn::Or(places, values), hn::Ne(values, hn::Zero(du)), list + count);
    places = hn::Add(places, lanes);
  }
  for (; i < n; ++i) {
    const std::uint32_t values = a[i] * 256U + (kTwo ? b[i] : 0U);
    if (values != 0) list[count++] = static_cast<std::uint32_t>(i) << 16U | values;
  }
  return count;
}

std::size_t list_bytes(std::size_t n, const std::uint8_t* a, const std::uint8_t* b, std::uint32_t* list) {
  return b ? list_bytes_of<true>(n, a, b, list) : list_bytes_of<false>(n, a, b, list);
}

}  // namespace

void set_listed_gemm(Kernels<float>& table) {
  table.list_bytes = list_bytes;
  table.list_nonzero = list_nonzero;
  table.listed_gemm = listed_gemm;
  table.narrow_gemm = narrow_gemm;
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
