#include "kernels/dropout.h"

#include "kernels/convolution.h"
#include "kernels/kernels.h"

#include <cstddef>
#include <cstdint>

// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/dropout.cpp"
#include "kernels/targets.h"
#include "kernels/map-inl.h"
#include "kernels/philox-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET
namespace {

HWY_INLINE void random_words(const RandomKey& key, V32 counters, V32 (&words)[4]) {
  V64 halves[2][4];
  halves[0][0] = hn::BitCast(D64(), counters);
  halves[1][0] = hn::ShiftRight<32>(halves[0][0]);
  philox(key, halves);
#pragma GCC unroll 4
  for (std::size_t w = 0; w < 4; ++w) words[w] = merge(halves[0][w], halves[1][w]);
}

HWY_INLINE V32 low_bits(V32 words) { return hn::And(words, hn::Set(D32(), 0xffffU)); }
HWY_INLINE V32 high_bits(V32 words) { return hn::ShiftRight<16>(words); }

/// Both have 16 bits, so a signed comparison works.
HWY_INLINE V kept(V32 bits, V32 threshold, V x, V scale) {
  const D d;
  const hn::RebindToSigned<D> di;
  const auto keep = hn::Not(hn::Lt(hn::BitCast(di, bits), hn::BitCast(di, threshold)));
  return hn::IfThenElseZero(hn::RebindMask(d, keep), hn::Mul(x, scale));
}

HWY_INLINE V32 counting(std::uint32_t begin, std::uint32_t step) {
  HWY_ALIGN std::uint32_t lanes[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i) lanes[i] = begin + static_cast<std::uint32_t>(i) * step;
  return hn::Load(D32(), lanes);
}

void dropout_row(const Dropout<float>& c) {
  const D d;
  const D32 du;
  const V32 threshold = hn::Set(du, c.threshold);
  const V scale = hn::Set(d, c.scale);
  const auto apply = [&](V32 bits, std::size_t v) HWY_ATTR {
    if (v >= c.values) return;
    if (v + kLanes <= c.values) {
      hn::StoreU(kept(bits, threshold, hn::LoadU(d, c.x + v), scale), d, c.y + v);
    } else {
      const auto mask = hn::FirstN(d, c.values - v);
      hn::BlendedStore(kept(bits, threshold, hn::MaskedLoad(mask, d, c.x + v), scale), mask, d, c.y + v);
    }
  };
  V32 counters = counting(c.first, 1);
  for (std::size_t group = 0; group < c.values; group += dropout_group)
    for (std::size_t lane = 0; lane < dropout_lanes_of_group; lane += kLanes) {
      V32 words[4];
      random_words(c.key, counters, words);
      counters = hn::Add(counters, hn::Set(du, static_cast<std::uint32_t>(kLanes)));
#pragma GCC unroll 4
      for (std::size_t w = 0; w < 4; ++w) {
        const std::size_t v = group + lane + 2 * w * dropout_lanes_of_group;
        apply(low_bits(words[w]), v);
        apply(high_bits(words[w]), v + dropout_lanes_of_group);
      }
    }
}

void dropout_lanes(const Dropout<float>& c) {
  const D d;
  const D32 du;
  const V32 threshold = hn::Set(du, c.threshold);
  const V scale = hn::Set(d, c.scale);
  const std::uint32_t step = dropout_counters(c.values);
  for (std::size_t part = 0; part < image_lanes; part += kLanes) {
    const auto apply = [&](V32 bits, std::size_t v) HWY_ATTR {
      if (v >= c.values) return;
      const std::size_t at = v * image_lanes + part;
      hn::StoreU(kept(bits, threshold, hn::LoadU(d, c.x + at), scale), d, c.y + at);
    };
    V32 counters = counting(c.first + static_cast<std::uint32_t>(part) * step, step);
    for (std::size_t group = 0; group < c.values; group += dropout_group)
      for (std::size_t i = 0; i < dropout_lanes_of_group; ++i) {
        const std::size_t first = group + i;
        if (first >= c.values) break;
        V32 words[4];
        random_words(c.key, counters, words);
        counters = hn::Add(counters, hn::Set(du, 1U));
#pragma GCC unroll 4
        for (std::size_t w = 0; w < 4; ++w) {
          const std::size_t v = first + 2 * w * dropout_lanes_of_group;
          apply(low_bits(words[w]), v);
          apply(high_bits(words[w]), v + dropout_lanes_of_group);
        }
      }
  }
}

}  // namespace

void set_dropout(Kernels<float>& table) {
  table.dropout_row = dropout_row;
  table.dropout_lanes = dropout_lanes;
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
