#include "kernels/kernels.h"

#include <cstddef>
#include <cstdint>

// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/augment_random.cpp"
#include "kernels/targets.h"
#include "kernels/map-inl.h"
#include "kernels/philox-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET
namespace {

constexpr std::size_t kBlocks = kLanes / 2;  // per vector: each 64-bit lane holds a word in its lower half

template <std::size_t kVectors, class Store>
HWY_INLINE void draw(const RandomKey& key, std::uint32_t first, std::size_t block, V64 lanes,
                     const Store& store) {
  const D64 d;
  V64 c[kVectors][4];
#pragma GCC unroll 4
  for (std::size_t v = 0; v < kVectors; ++v)
    c[v][0] = hn::Add(lanes, hn::Set(d, std::uint64_t{first} + block + v * kBlocks));
  philox(key, c);
#pragma GCC unroll 4
  for (std::size_t v = 0; v < kVectors; ++v) {
    const std::size_t at = block + v * kBlocks;
    const std::size_t to = at / 8 * 32 + at % 8 * 2;
    store(to, merge(c[v][0], c[v][1]));
    store(to + 16, merge(c[v][2], c[v][3]));
  }
}

template <class Store>
HWY_INLINE void draw_all(const RandomKey& key, std::uint32_t first, std::size_t count, const Store& store) {
  const V64 lanes = hn::Iota(D64(), 0);
  const std::size_t blocks = count / 4;
  std::size_t block = 0;
  for (; block + 4 * kBlocks <= blocks; block += 4 * kBlocks) draw<4>(key, first, block, lanes, store);
  for (; block < blocks; block += kBlocks) draw<1>(key, first, block, lanes, store);
}

void random_words(const RandomKey& key, std::uint32_t first, std::size_t count, std::uint32_t* out) {
  draw_all(key, first, count, [out](std::size_t i, V32 words) { hn::StoreU(words, D32(), out + i); });
}

void random_normals(const RandomKey& key, std::uint32_t first, std::size_t count, float* out) {
  draw_all(key, first, count, [out](std::size_t i, V32 words) {
    const D d;
    const D32 d32;
    const V32 bytes = hn::Set(d32, 0x00ff00ffU);
    const V32 pairs = hn::Add(hn::And(words, bytes), hn::And(hn::ShiftRight<8>(words), bytes));
    const V32 sum = hn::And(hn::Add(pairs, hn::ShiftRight<16>(pairs)), hn::Set(d32, 0xffffU));
    const V value = hn::ConvertTo(d, hn::BitCast(hn::RebindToSigned<D>(), sum));
    hn::StoreU(hn::Mul(hn::Sub(value, hn::Set(d, AugmentConstants::mean)),
                       hn::Set(d, AugmentConstants::inverse_deviation)),
               d, out + i);
  });
}

}  // namespace

void set_augment_random(Kernels<float>& table) {
  table.augment.random_words = random_words;
  table.augment.random_normals = random_normals;
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
