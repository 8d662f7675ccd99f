#include "kernels/dropout.h"

#include "kernels/convolution.h"
#include "kernels/kernels.h"

#include <cstddef>
#include <cstdint>

// The order of what follows matters.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/dropout.cpp"
#include "kernels/targets.h"
#include "kernels/map-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET

using Du = hn::RebindToUnsigned<D>;
using Dw = hn::RepartitionToWide<Du>;
using Vu = hn::Vec<Du>;
using Vw = hn::Vec<Dw>;

/// Philox's rounds on one counter a 64-bit lane. Products take the low halves of lanes and leave 64 bits, so
/// that their low 32 bits need not be cut out: only low halves are ever looked at.
HWY_INLINE void philox(const RandomKey& random, Vw counter, Vw (&words)[4]) {
  const Dw d;
  const Du du;
  const auto times = [&](Vw a, std::uint32_t b)
                         HWY_ATTR { return hn::MulEven(hn::BitCast(du, a), hn::Set(du, b)); };
  words[0] = counter;
  words[1] = hn::Set(d, random.sample);
  words[2] = hn::Set(d, random.step);
  words[3] = hn::Set(d, static_cast<std::uint64_t>(random.purpose));
  auto key0 = static_cast<std::uint32_t>(random.seed);
  auto key1 = static_cast<std::uint32_t>(random.seed >> 32);
#pragma GCC unroll 10
  for (int round = 0; round < 10; ++round) {
    const Vw p0 = times(words[0], 0xD2511F53U);
    const Vw p1 = times(words[2], 0xCD9E8D57U);
    words[0] = hn::Xor(hn::Xor(hn::ShiftRight<32>(p1), words[1]), hn::Set(d, key0));
    words[2] = hn::Xor(hn::Xor(hn::ShiftRight<32>(p0), words[3]), hn::Set(d, key1));
    words[1] = p1;
    words[3] = p0;
    key0 += 0x9E3779B9U;
    key1 += 0xBB67AE85U;
  }
}

/// The 128 bits of kLanes counters, as four vectors of words.
HWY_INLINE void random_words(const RandomKey& key, Vu counters, Vu (&words)[4]) {
  const Du du;
  const Vw pairs = hn::BitCast(Dw(), counters);
  Vw even[4];
  Vw odd[4];
  philox(key, pairs, even);
  philox(key, hn::ShiftRight<32>(pairs), odd);
#pragma GCC unroll 4
  for (std::size_t w = 0; w < 4; ++w)
    words[w] = hn::OddEven(hn::BitCast(du, hn::ShiftLeft<32>(odd[w])), hn::BitCast(du, even[w]));
}

HWY_INLINE Vu low_bits(Vu words) { return hn::And(words, hn::Set(Du(), 0xffffU)); }
HWY_INLINE Vu high_bits(Vu words) { return hn::ShiftRight<16>(words); }

/// x scaled, or 0 where the bits are below the threshold. Both have 16 bits, so a signed comparison will do.
HWY_INLINE V kept(Vu bits, Vu threshold, V x, V scale) {
  const D d;
  const hn::RebindToSigned<D> di;
  const auto keep = hn::Not(hn::Lt(hn::BitCast(di, bits), hn::BitCast(di, threshold)));
  return hn::IfThenElseZero(hn::RebindMask(d, keep), hn::Mul(x, scale));
}

/// Lane i of the first vector is i * step.
HWY_INLINE Vu counting(std::uint32_t begin, std::uint32_t step) {
  HWY_ALIGN std::uint32_t lanes[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i) lanes[i] = begin + static_cast<std::uint32_t>(i) * step;
  return hn::Load(Du(), lanes);
}

void dropout_row(const Dropout<float>& c) {
  const D d;
  const Du du;
  const Vu threshold = hn::Set(du, c.threshold);
  const V scale = hn::Set(d, c.scale);
  const auto apply = [&](Vu bits, std::size_t v) HWY_ATTR {
    if (v >= c.values) return;
    if (v + kLanes <= c.values) {
      hn::StoreU(kept(bits, threshold, hn::LoadU(d, c.x + v), scale), d, c.y + v);
    } else {
      const auto mask = hn::FirstN(d, c.values - v);
      hn::BlendedStore(kept(bits, threshold, hn::MaskedLoad(mask, d, c.x + v), scale), mask, d, c.y + v);
    }
  };
  Vu counters = counting(c.first, 1);
  for (std::size_t group = 0; group < c.values; group += dropout_group)
    for (std::size_t lane = 0; lane < dropout_lanes_of_group; lane += kLanes) {
      Vu words[4];
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
  const Du du;
  const Vu threshold = hn::Set(du, c.threshold);
  const V scale = hn::Set(d, c.scale);
  const std::uint32_t step = dropout_counters(c.values);
  for (std::size_t part = 0; part < image_lanes; part += kLanes) {
    const auto apply = [&](Vu bits, std::size_t v) HWY_ATTR {
      if (v >= c.values) return;
      const std::size_t at = v * image_lanes + part;
      hn::StoreU(kept(bits, threshold, hn::LoadU(d, c.x + at), scale), d, c.y + at);
    };
    Vu counters = counting(c.first + static_cast<std::uint32_t>(part) * step, step);
    for (std::size_t group = 0; group < c.values; group += dropout_group)
      for (std::size_t i = 0; i < dropout_lanes_of_group; ++i) {
        const std::size_t first = group + i;
        if (first >= c.values) break;
        Vu words[4];
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

void set_dropout(Kernels<float>& table) {
  table.dropout_row = dropout_row;
  table.dropout_lanes = dropout_lanes;
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
