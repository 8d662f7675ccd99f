#include "kernels/batchnorm.h"

#include "kernels/convolution.h"
#include "kernels/kernels.h"

#include <cstddef>

// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/batchnorm.cpp"
#include "kernels/targets.h"
#include "kernels/map-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET
namespace {

using D8 = hn::FixedTag<float, 8>;
using V8 = hn::Vec<D8>;
using M = hn::Mask<D>;

constexpr std::size_t kParts = image_lanes / kLanes;  // vectors per place

HWY_INLINE M used_lanes(std::size_t samples, std::size_t part) {
  const std::size_t before = part * kLanes;
  const std::size_t left = samples < before ? 0 : samples - before;
  return hn::FirstN(D(), left < kLanes ? left : kLanes);
}

#if HWY_TARGET == HWY_AVX3
HWY_INLINE V8 halves_together(const V (&lanes)[kParts]) {
  const D8 d8;
  return hn::Add(hn::LowerHalf(d8, lanes[0]), hn::UpperHalf(d8, lanes[0]));
}
#else
HWY_INLINE V8 halves_together(const V (&lanes)[kParts]) { return hn::Add(lanes[0], lanes[1]); }
#endif

HWY_INLINE float sum_of_lanes(const V (&lanes)[kParts]) {
  const hn::FixedTag<float, 4> d4;
  const V8 eight = halves_together(lanes);
  const auto four = hn::Add(hn::LowerHalf(d4, eight), hn::UpperHalf(d4, eight));
  const auto two = hn::Add(four, hn::Shuffle1032(four));
  return hn::GetLane(hn::Add(two, hn::Shuffle2301(two)));
}

/// kSums sums over a channel: add(sums, i) adds the vector at value i of the channel to each.
template <std::size_t kSums, class Add>
HWY_INLINE void sum_channel(std::size_t places, std::size_t samples, float (&out)[kSums], const Add& add) {
  constexpr std::size_t kChains = 4;
  const D d;
  V lanes[kSums][kParts];
#pragma GCC unroll 2
  for (std::size_t part = 0; part < kParts; ++part) {
    V chains[kChains][kSums];
#pragma GCC unroll 4
    for (std::size_t chain = 0; chain < kChains; ++chain)
#pragma GCC unroll 2
      for (std::size_t s = 0; s < kSums; ++s) chains[chain][s] = hn::Zero(d);
    std::size_t place = 0;
    for (; place + kChains <= places; place += kChains) {
#pragma GCC unroll 4
      for (std::size_t chain = 0; chain < kChains; ++chain)
        add(chains[chain], (place + chain) * image_lanes + part * kLanes);
    }
#pragma GCC unroll 4
    for (std::size_t chain = 0; chain < kChains - 1; ++chain)
      if (place + chain < places) add(chains[chain], (place + chain) * image_lanes + part * kLanes);
    const M used = used_lanes(samples, part);
#pragma GCC unroll 2
    for (std::size_t s = 0; s < kSums; ++s)
      lanes[s][part] = hn::IfThenElseZero(
          used, hn::Add(hn::Add(chains[0][s], chains[1][s]), hn::Add(chains[2][s], chains[3][s])));
  }
#pragma GCC unroll 2
  for (std::size_t s = 0; s < kSums; ++s) out[s] = sum_of_lanes(lanes[s]);
}

void channel_moments(const ChannelSums<float>& c) {
  const D d;
  const auto count = static_cast<float>(c.places * c.samples);
  for (std::size_t channel = 0; channel < c.channels; ++channel) {
    const float* const x = c.x + channel * c.places * image_lanes;
    float sum[1];
    sum_channel(c.places, c.samples, sum,
                [=](V(&sums)[1], std::size_t i) { sums[0] = hn::Add(sums[0], hn::LoadU(d, x + i)); });
    c.first[channel] = sum[0] / count;
    const V mean = hn::Set(d, c.first[channel]);
    sum_channel(c.places, c.samples, sum, [=](V(&sums)[1], std::size_t i) {
      const V difference = hn::Sub(hn::LoadU(d, x + i), mean);
      sums[0] = hn::MulAdd(difference, difference, sums[0]);
    });
    c.second[channel] = sum[0];
  }
}

void channel_gradient_sums(const ChannelSums<float>& c) {
  const D d;
  for (std::size_t channel = 0; channel < c.channels; ++channel) {
    const float* const x = c.x + channel * c.places * image_lanes;
    const float* const dy = c.dy + channel * c.places * image_lanes;
    const V mean = hn::Set(d, c.mean[channel]);
    float sum[2];
    sum_channel(c.places, c.samples, sum, [=](V(&sums)[2], std::size_t i) {
      const V gradient = hn::LoadU(d, dy + i);
      sums[0] = hn::Add(sums[0], gradient);
      sums[1] = hn::MulAdd(gradient, hn::Sub(hn::LoadU(d, x + i), mean), sums[1]);
    });
    c.first[channel] = sum[0];
    c.second[channel] = sum[1];
  }
}

/// y = prepare(channel)(i) in lanes with a sample, 0 in the others.
template <class Prepare>
HWY_INLINE void map_channels(const ChannelMap<float>& c, const Prepare& prepare) {
  const D d;
  M used[kParts];
  for (std::size_t part = 0; part < kParts; ++part) used[part] = used_lanes(c.samples, part);
  for (std::size_t channel = 0; channel < c.channels; ++channel) {
    const auto f = prepare(channel);
    const std::size_t begin = channel * c.places * image_lanes;
    for (std::size_t i = begin; i < begin + c.places * image_lanes; i += image_lanes) {
#pragma GCC unroll 2
      for (std::size_t part = 0; part < kParts; ++part)
        hn::StoreU(hn::IfThenElseZero(used[part], f(i + part * kLanes)), d, c.y + i + part * kLanes);
    }
  }
}

void channel_map(const ChannelMap<float>& c) {
  map_channels(c, [&](std::size_t channel) {
    const D d;
    const float* const x = c.x;
    const V mean = hn::Set(d, c.mean[channel]);
    const V factor = hn::Set(d, c.factor[channel]);
    const V offset = hn::Set(d, c.offset[channel]);
    // This order of the arguments of Max keeps NaN.
    const V least = c.relu ? hn::Zero(d) : hn::Neg(hn::Inf(d));
    return [=](std::size_t i) HWY_ATTR {
      return hn::Max(least, hn::MulAdd(factor, hn::Sub(hn::LoadU(d, x + i), mean), offset));
    };
  });
}

void channel_map_gradient(const ChannelMap<float>& c) {
  map_channels(c, [&](std::size_t channel) {
    const D d;
    const float* const x = c.x;
    const float* const dy = c.dy;
    const V mean = hn::Set(d, c.mean[channel]);
    const V factor = hn::Set(d, c.factor[channel]);
    const V dy_factor = hn::Set(d, c.dy_factor[channel]);
    const V offset = hn::Set(d, c.offset[channel]);
    return [=](std::size_t i) HWY_ATTR {
      const V inner = hn::MulAdd(factor, hn::Sub(hn::LoadU(d, x + i), mean), offset);
      return hn::MulAdd(dy_factor, hn::LoadU(d, dy + i), inner);
    };
  });
}

}  // namespace

void set_batchnorm(Kernels<float>& table) {
  table.channel_moments = channel_moments;
  table.channel_gradient_sums = channel_gradient_sums;
  table.channel_map = channel_map;
  table.channel_map_gradient = channel_map_gradient;
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
