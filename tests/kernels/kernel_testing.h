#pragma once

#include "scrawl/random.h"

#include "kernels/kernels.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

/// What the tests of the kernels share: numbers to feed them, memory that notices stray writes, and equality
/// of bits.
namespace scrawl::test {

/// 1 and what lies around the vector widths (8 and 16 lanes) and the widths of the matrix kernel's tiles.
constexpr std::array<std::size_t, 25> lengths = {1,  2,  3,  5,  7,  8,  9,  15, 16, 17,  31,  32, 33,
                                                 47, 48, 49, 63, 64, 65, 95, 96, 97, 127, 129, 257};

/// How often random_values draws a special value.
enum class Values { ordinary, some_special };

/// Reproducible: a function of the seed alone.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : key_{.seed = seed} {}

  std::size_t below(std::size_t n) { return random_below(key_, index_++, n); }
  float uniform(float low, float high) { return low + (high - low) * random_uniform(key_, index_++); }

  /// From -3 to 3, and zeros, as pictures and ReLU have many; or now and then one that tends to break things.
  float value(Values values) {
    using Limits = std::numeric_limits<float>;
    constexpr std::array special = {0.0F,
                                    -0.0F,
                                    Limits::quiet_NaN(),
                                    Limits::infinity(),
                                    -Limits::infinity(),
                                    Limits::denorm_min(),
                                    -3e-41F,
                                    Limits::min(),
                                    Limits::max(),
                                    -1e38F,
                                    100.0F,
                                    -100.0F};
    if (values == Values::some_special && below(6) == 0) return special[below(special.size())];
    return below(5) == 0 ? 0.0F : uniform(-3, 3);
  }

 private:
  RandomKey key_;
  std::uint32_t index_ = 0;
};

/// `size` values between two guards, at an address that is aligned for no vector.
class Guarded {
 public:
  explicit Guarded(std::size_t size) : values_(size + 2 * margin, guard) {}
  Guarded(std::size_t size, Draw& draw, Values values = Values::ordinary) : Guarded(size) {
    for (auto& value : inside()) value = draw.value(values);
  }

  float* data() { return values_.data() + margin; }
  const float* data() const { return values_.data() + margin; }
  std::span<float> inside() { return std::span(values_).subspan(margin, values_.size() - 2 * margin); }
  /// All memory with its guards: two calls that wrote the same to the same places leave the same.
  const std::vector<float>& all() const { return values_; }
  /// Nothing was ever written here.
  static bool untouched(float value) { return value == guard; }

 private:
  static constexpr std::size_t margin = 67;
  static constexpr float guard = -12345.678F;
  std::vector<float> values_;
};

/// The same bits everywhere; any NaN equals any other.
inline ::testing::AssertionResult same_bits(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size())
    return ::testing::AssertionFailure() << a.size() << " and " << b.size() << " values";
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    if (std::bit_cast<std::uint32_t>(a[i]) != std::bit_cast<std::uint32_t>(b[i]))
      return ::testing::AssertionFailure() << "value " << i << ": " << a[i] << " and " << b[i];
  }
  return ::testing::AssertionSuccess();
}
inline ::testing::AssertionResult same_bits(const Guarded& a, const Guarded& b) {
  return same_bits(a.all(), b.all());
}

/// One test for each instruction set of this machine.
class OnEachTarget : public ::testing::TestWithParam<Target> {
 protected:
  const kernels::Kernels<float>& table() const { return kernels::kernels_for(GetParam()); }
};

inline std::string target_name(const ::testing::TestParamInfo<Target>& test) {
  return std::string(to_string(test.param));
}

}  // namespace scrawl::test
