#include "scrawl/random.h"

#include "base/portable_math.h"
#include "testing.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <vector>

namespace scrawl::random_test {
namespace {

using Words = std::array<std::uint32_t, 4>;

// The known answers that come with Random123, the authors' own implementation.
TEST(Random, PhiloxGivesThePublishedNumbers) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const std::uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox4x32({ones, ones, ones, ones}, {ones, ones}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

// A seed must give the same numbers on every machine and in every version. Checked against an independent
// implementation (Python integers; the normal ones with 40 digits, to which these agree within two units in
// the last place).
TEST(Random, GivesThePinnedNumbers) {
  const RandomKey key{.seed = 0x0123456789abcdef, .purpose = Purpose::initialise, .step = 7, .sample = 9};
  const std::uint64_t bits[] = {0x80b37fcd9884ba5e, 0x0b9df0492a98ffe9, 0xdeefd7f42f7cf141,
                                0x2802449cd15fad84};
  const float uniform[] = {0x1.0166fep-1F, 0x1.73bep-5F, 0x1.bddfaep-1F, 0x1.40122p-3F};
  const double normal[] = {0x1.1ae5b81553c06p+0, 0x1.6e4d77243b88bp+0, 0x1.98804d1a99c17p-3,
                           -0x1.c6a4a346e5f0ap-2};
  const std::uint64_t below[] = {502, 45, 870, 156};
  for (std::uint32_t i = 0; i < 4; ++i) {
    EXPECT_EQ(random_bits(key, i), bits[i]);
    EXPECT_EQ(random_uniform(key, i), uniform[i]);
    EXPECT_EQ(random_normal(key, i), normal[i]);
    EXPECT_EQ(random_below(key, i, 1000), below[i]);
  }
  EXPECT_EQ(random_below(key, 0, std::uint64_t{1} << 32), 0x80b37fcdU);
  EXPECT_EQ(random_below(key, 0, ~std::uint64_t{0}), 0x80b37fcd9884ba5dU);
  EXPECT_EQ(random_below(key, 0, (std::uint64_t{1} << 63) + 12345), 0x4059bfe6cc42756dU);
}

TEST(Random, EveryPartOfTheKeyMatters) {
  std::set<std::uint64_t> seen;
  std::size_t drawn = 0;
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 32})
    for (const Purpose purpose : {Purpose::initialise, Purpose::shuffle, Purpose::test})
      for (std::uint32_t step = 0; step < 3; ++step)
        for (std::uint32_t sample = 0; sample < 3; ++sample)
          for (std::uint32_t index = 0; index < 3; ++index, ++drawn)
            seen.insert(random_bits({seed, purpose, step, sample}, index));
  EXPECT_EQ(seen.size(), drawn);
}

struct Moments {
  double mean = 0;
  double variance = 0;
  double kurtosis = 0;
};

Moments moments(const std::vector<double>& x) {
  const auto n = static_cast<double>(x.size());
  Moments m;
  for (const double value : x) m.mean += value / n;
  for (const double value : x) m.variance += (value - m.mean) * (value - m.mean) / n;
  for (const double value : x) m.kurtosis += std::pow(value - m.mean, 4) / n / (m.variance * m.variance);
  return m;
}

constexpr std::uint32_t draws = 200'000;

TEST(Random, UniformIsUniform) {
  std::vector<double> values;
  for (std::uint32_t i = 0; i < draws; ++i) {
    const float value = random_uniform({.seed = 3}, i);
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    ASSERT_EQ(std::ldexp(value, 24), std::floor(std::ldexp(value, 24)));
    values.push_back(double{value});
  }
  const Moments m = moments(values);
  EXPECT_NEAR(m.mean, 0.5, 0.003);
  EXPECT_NEAR(m.variance, 1.0 / 12, 0.001);
  EXPECT_NEAR(m.kurtosis, 1.8, 0.02);
}

TEST(Random, NormalIsNormal) {
  std::vector<double> values;
  std::size_t beyond_two = 0;
  double lagged = 0;
  for (std::uint32_t i = 0; i < draws; ++i) {
    values.push_back(random_normal({.seed = 4}, i));
    if (std::abs(values.back()) > 2) ++beyond_two;
    if (i > 0) lagged += values[i] * values[i - 1] / draws;
  }
  const Moments m = moments(values);
  EXPECT_NEAR(m.mean, 0, 0.01);
  EXPECT_NEAR(m.variance, 1, 0.015);
  EXPECT_NEAR(m.kurtosis, 3, 0.06);
  EXPECT_NEAR(static_cast<double>(beyond_two) / draws, 0.0455, 0.002);
  EXPECT_NEAR(lagged, 0, 0.01);
}

TEST(Random, BelowIsUniformAndStaysBelow) {
  for (const std::uint64_t n : {1, 2, 3, 10, 97}) {
    std::vector<double> counts(n);
    for (std::uint32_t i = 0; i < draws; ++i) {
      const auto value = random_below({.seed = 5}, i, n);
      ASSERT_LT(value, n);
      ++counts[value];
    }
    const double expected = static_cast<double>(draws) / static_cast<double>(n);
    double chi_squared = 0;
    for (const double count : counts) chi_squared += (count - expected) * (count - expected) / expected;
    const auto freedom = static_cast<double>(n - 1);
    EXPECT_LE(chi_squared, freedom + 5 * std::sqrt(2 * freedom)) << n;
  }
}

TEST(PortableMath, AgreesWithTheCLibrary) {
  for (int i = 1; i <= 100'000; ++i) {
    const double x = i / 100'000.0;
    ASSERT_NEAR(portable_log(x), std::log(x), 1e-15 * std::max(1.0, std::abs(std::log(x)))) << x;
    ASSERT_NEAR(portable_cos_turn(x), std::cos(2 * std::numbers::pi * x), 2e-15) << x;
  }
  EXPECT_EQ(portable_log(1), 0);
  EXPECT_NEAR(portable_log(0x1p-52), -52 * std::numbers::ln2, 1e-13);
  EXPECT_EQ(portable_cos_turn(0), 1);
  EXPECT_EQ(portable_cos_turn(0.5), -1);
  EXPECT_EQ(portable_cos_turn(1), 1);
}

}  // namespace
}  // namespace scrawl::random_test
