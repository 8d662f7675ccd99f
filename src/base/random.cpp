#include "scrawl/random.h"

#include "base/portable_math.h"

#include <cmath>

namespace scrawl {

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ key[0], static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return c;
}

std::uint64_t random_bits(const RandomKey& key, std::uint32_t index) {
  const auto words =
      philox4x32({index, key.sample, key.step, static_cast<std::uint32_t>(key.purpose)},
                 {static_cast<std::uint32_t>(key.seed), static_cast<std::uint32_t>(key.seed >> 32)});
  return std::uint64_t{words[1]} << 32 | words[0];
}

float random_uniform(const RandomKey& key, std::uint32_t index) {
  return static_cast<float>(random_bits(key, index) >> 40) * 0x1p-24F;
}

std::uint64_t random_below(const RandomKey& key, std::uint32_t index, std::uint64_t n) {
  // The high half of bits * n, from 32-bit pieces: standard C++ has no 128-bit product.
  const std::uint64_t bits = random_bits(key, index);
  const std::uint64_t high = bits >> 32;
  const std::uint64_t low = bits & 0xffffffff;
  const std::uint64_t n_high = n >> 32;
  const std::uint64_t n_low = n & 0xffffffff;
  const std::uint64_t middle = high * n_low + (low * n_low >> 32);
  const std::uint64_t carry = low * n_high + (middle & 0xffffffff);
  return high * n_high + (middle >> 32) + (carry >> 32);
}

double random_normal(const RandomKey& key, std::uint32_t index) {
  const auto words =
      philox4x32({index, key.sample, key.step, static_cast<std::uint32_t>(key.purpose)},
                 {static_cast<std::uint32_t>(key.seed), static_cast<std::uint32_t>(key.seed >> 32)});
  const std::uint64_t a = std::uint64_t{words[1]} << 32 | words[0];
  const std::uint64_t b = std::uint64_t{words[3]} << 32 | words[2];
  const double u = static_cast<double>((a >> 12) + 1) * 0x1p-52;  // (0, 1]: the logarithm stays finite
  const double v = static_cast<double>(b >> 12) * 0x1p-52;        // [0, 1)
  return std::sqrt(-2.0 * portable_log(u)) * portable_cos_turn(v);
}

}  // namespace scrawl
