#include "bench/machine_loops.h"

#include <cstddef>
#include <cstdint>

// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/machine_loops.cpp"
#include "kernels/targets.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::bench::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET

namespace hn = hwy::HWY_NAMESPACE;

float multiply_add(std::size_t rounds) {
  const hn::ScalableTag<float> d;
  const auto factor = hn::Set(d, 0.5F);
  const auto summand = hn::Set(d, 1.0F);
  hn::Vec<hn::ScalableTag<float>> chain[kMultiplyAdds];
#pragma GCC unroll 16
  for (std::size_t i = 0; i < kMultiplyAdds; ++i) chain[i] = hn::Set(d, static_cast<float>(i));
  for (std::size_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 16
    for (std::size_t i = 0; i < kMultiplyAdds; ++i) chain[i] = hn::MulAdd(chain[i], factor, summand);
  }
#pragma GCC unroll 16
  for (std::size_t i = 1; i < kMultiplyAdds; ++i) chain[0] = hn::Add(chain[0], chain[i]);
  return hn::GetLane(chain[0]);
}

unsigned read(const void* data, std::size_t bytes) {
  const hn::ScalableTag<std::uint32_t> d;
  constexpr std::size_t kLanes = HWY_TARGET == HWY_AVX3 ? 16 : 8;
  constexpr std::size_t kVectors = 8;
  const auto* at = static_cast<const std::uint32_t*>(data);
  const auto* const end = at + bytes / sizeof(std::uint32_t);
  hn::Vec<hn::ScalableTag<std::uint32_t>> seen[kVectors];
#pragma GCC unroll 16
  for (std::size_t i = 0; i < kVectors; ++i) seen[i] = hn::Zero(d);
  for (; at < end; at += kVectors * kLanes) {
#pragma GCC unroll 16
    for (std::size_t i = 0; i < kVectors; ++i) seen[i] = hn::Xor(seen[i], hn::Load(d, at + i * kLanes));
  }
#pragma GCC unroll 16
  for (std::size_t i = 1; i < kVectors; ++i) seen[0] = hn::Xor(seen[0], seen[i]);
  return hn::GetLane(seen[0]);
}

Loops loops() {
  return {.multiply_add = multiply_add, .read = read, .lanes = hn::Lanes(hn::ScalableTag<float>())};
}

#endif
}  // namespace scrawl::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
