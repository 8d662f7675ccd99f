#pragma once

// For programs that draw the same random numbers as the library.

#include <array>
#include <cstdint>

#pragma GCC visibility push(default)
namespace scrawl {

/// The purpose of a random number. It is part of the counter, so two uses never share numbers.
/// Append only: the values are part of what makes a seed reproducible.
enum class Purpose : std::uint8_t {
  initialise = 1,
  sample = 2,
  shuffle = 3,
  dropout = 4,
  augment = 5,
  test = 6,
  member = 7,
  parts = 8,
  synth = 9
};

/// Random numbers are pure functions of (seed, purpose, step, sample, index): there is no stream to share
/// between threads or to restore after an interruption.
struct RandomKey {
  std::uint64_t seed = 0;
  Purpose purpose = Purpose::test;
  std::uint32_t step = 0;
  std::uint32_t sample = 0;
};

/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", 2011).
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

std::uint64_t random_bits(const RandomKey& key, std::uint32_t index);  ///< 64 independent random bits

float random_uniform(const RandomKey& key, std::uint32_t index);  ///< on [0, 1), a multiple of 2^-24

/// Uniform on {0, ..., n-1}; the bias is below n / 2^64. REQUIRES n > 0.
std::uint64_t random_below(const RandomKey& key, std::uint32_t index, std::uint64_t n);

/// Standard normal N(0, 1) by the Box-Muller method, in double. Uses its own logarithm and cosine, because
/// those of the C library differ in the last bit between machines.
double random_normal(const RandomKey& key, std::uint32_t index);

}  // namespace scrawl
#pragma GCC visibility pop
