#pragma once

#include "scrawl/random.h"

#include <cstddef>
#include <cstdint>

namespace scrawl::kernels {

/// y = x * scale, or 0 if the value's 16 random bits are below `threshold`. Value v of a sample has bits 16
/// h, h = v / 16 mod 8, of the 128 bits of Philox counter (first + v / 128 * 16 + v mod 16, key.sample,
/// key.step, key.purpose): 16 neighbouring counters make 128 values. y may be x.
template <class T>
struct Dropout {
  RandomKey key;
  std::uint32_t first = 0;  ///< of the row, or of the block's first sample; a sample has dropout_counters()
  std::uint32_t threshold = 0;  ///< 65536 times the rate
  T scale = 1;
  std::size_t values = 0;  ///< of a sample
  const T* x = nullptr;    ///< `values`, or values x image_lanes
  T* y = nullptr;
};

constexpr std::size_t dropout_group = 128;
constexpr std::size_t dropout_lanes_of_group = 16;

constexpr std::uint32_t dropout_counters(std::size_t values) {
  return static_cast<std::uint32_t>((values + dropout_group - 1) / dropout_group * dropout_lanes_of_group);
}

}  // namespace scrawl::kernels
