#pragma once

#include "scrawl/random.h"

#include <cstddef>
#include <cstdint>

namespace scrawl {

/// The random numbers of one drawing, in the order in which they are asked for. One call for an argument
/// list: which of several comes first is up to the compiler.
class Chance {
 public:
  Chance(std::uint64_t seed, std::uint32_t kind, std::uint32_t number)
      : key_{.seed = seed, .purpose = Purpose::synth, .step = kind, .sample = number} {}

  float from(float low, float high) { return low + (high - low) * random_uniform(key_, next_++); }
  float around(float range) { return from(-range, range); }
  float normal(float deviation) { return deviation * static_cast<float>(random_normal(key_, next_++)); }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_below(key_, next_++, n)); }
  bool happens(float probability) { return random_uniform(key_, next_++) < probability; }

 private:
  RandomKey key_;
  std::uint32_t next_ = 0;
};

}  // namespace scrawl
