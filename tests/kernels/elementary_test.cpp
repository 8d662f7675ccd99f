#include "kernels/elementary.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

// The scalar functions against the C library's in long double. The other instruction sets give the same bits,
// which activation_test.cpp makes sure of.
namespace scrawl::kernels {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

/// How many units in the last place `value` lies from `exact`.
double ulps(float value, long double exact) {
  const float rounded = static_cast<float>(exact);
  const float magnitude = std::max(std::abs(rounded), std::numeric_limits<float>::min());
  const float ulp = std::nextafter(magnitude, infinity) - magnitude;
  return static_cast<double>(std::abs(value - exact) / ulp);
}

/// The largest error over every `stride`-th float of [low, high], both of one sign.
template <class F, class Exact>
double largest_error(float low, float high, std::uint32_t stride, const F& f, const Exact& exact) {
  std::uint32_t from = std::bit_cast<std::uint32_t>(low);
  std::uint32_t to = std::bit_cast<std::uint32_t>(high);
  if (from > to) std::swap(from, to);
  double most = 0;
  for (std::uint64_t bits = from; bits <= to; bits += stride) {
    const float x = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    most = std::max(most, ulps(f(x), exact(static_cast<long double>(x))));
  }
  return most;
}

const auto exact_exp = [](long double x) { return std::exp(x); };
const auto exact_log = [](long double x) { return std::log(x); };
const auto exact_tanh = [](long double x) { return std::tanh(x); };
const auto exact_sigmoid = [](long double x) { return 1 / (1 + std::exp(-x)); };

TEST(Elementary, ExpIsWithinTwoUlps) {
  const auto f = [](float x) { return exp(x); };
  const double positive = largest_error(1e-9F, 88.0F, 997, f, exact_exp);
  const double negative = largest_error(-1e-9F, -87.0F, 997, f, exact_exp);
  RecordProperty("ulps", std::to_string(std::max(positive, negative)));
  EXPECT_LT(positive, 2);
  EXPECT_LT(negative, 2);
}

TEST(Elementary, ExpClampsItsArgument) {
  EXPECT_EQ(exp(0.0F), 1);
  EXPECT_EQ(exp(-0.0F), 1);
  for (const float x : {88.5F, 89.0F, 1e10F, std::numeric_limits<float>::max(), infinity})
    EXPECT_EQ(exp(x), exp(88.0F)) << x;
  for (const float x : {-87.5F, -1e10F, std::numeric_limits<float>::lowest(), -infinity})
    EXPECT_EQ(exp(x), exp(-87.0F)) << x;
  EXPECT_TRUE(std::isnormal(exp(-87.0F)));
  EXPECT_TRUE(std::isnormal(exp(88.0F)));
  EXPECT_TRUE(std::isnan(exp(nan)));
}

TEST(Elementary, LogIsWithinTwoUlps) {
  const auto f = [](float x) { return log(x); };
  const double wide =
      largest_error(std::numeric_limits<float>::min(), std::numeric_limits<float>::max(), 4001, f, exact_log);
  const double around_one = largest_error(0.5F, 2.0F, 61, f, exact_log);
  RecordProperty("ulps", std::to_string(std::max(wide, around_one)));
  EXPECT_LT(wide, 2);
  EXPECT_LT(around_one, 2);
  EXPECT_EQ(log(1.0F), 0);
}

// The loss of a run that has diverged must show it.
TEST(Elementary, LogKeepsNanAndInfinity) {
  EXPECT_TRUE(std::isnan(log(nan)));
  EXPECT_TRUE(std::isnan(log(-nan)));
  EXPECT_EQ(log(infinity), infinity);
}

TEST(Elementary, SigmoidIsAccurate) {
  const auto f = [](float x) { return sigmoid(x); };
  const double positive = largest_error(1e-9F, 100.0F, 997, f, exact_sigmoid);
  const double negative = largest_error(-1e-9F, -87.0F, 997, f, exact_sigmoid);
  RecordProperty("ulps", std::to_string(std::max(positive, negative)));
  EXPECT_LT(positive, 2);
  EXPECT_LT(negative, 3);
}

TEST(Elementary, SigmoidHasItsLimits) {
  EXPECT_EQ(sigmoid(0.0F), 0.5F);
  EXPECT_EQ(sigmoid(infinity), 1);
  EXPECT_EQ(sigmoid(1000.0F), 1);
  EXPECT_GT(sigmoid(-infinity), 0);
  EXPECT_LT(sigmoid(-1000.0F), 1e-37F);
  EXPECT_TRUE(std::isnan(sigmoid(nan)));
}

TEST(Elementary, TanhIsAccurate) {
  const auto f = [](float x) { return tanh(x); };
  const double near = largest_error(1e-9F, 0.4F, 997, f, exact_tanh);
  const double far = largest_error(0.4F, 30.0F, 97, f, exact_tanh);
  RecordProperty("ulps", std::to_string(std::max(near, far)));
  EXPECT_LT(near, 2);
  EXPECT_LT(far, 2);
}

TEST(Elementary, TanhIsOdd) {
  for (float x = 1e-20F; x < 200; x *= 1.01F) ASSERT_EQ(tanh(-x), -tanh(x)) << x;
  EXPECT_EQ(tanh(0.0F), 0);
  EXPECT_TRUE(std::signbit(tanh(-0.0F)));
  EXPECT_EQ(tanh(infinity), 1);
  EXPECT_EQ(tanh(-infinity), -1);
  EXPECT_TRUE(std::isnan(tanh(nan)));
}

// A kernel must never step down where the function goes up: sigmoid and tanh are read as confidences.
TEST(Elementary, TheSeamsAreMonotonic) {
  const float below = std::nextafter(TanhConstants::small, 0.0F);
  EXPECT_LE(tanh(below), tanh(TanhConstants::small));
  EXPECT_LE(exp(std::nextafter(0.0F, -1.0F)), exp(0.0F));
}

TEST(Elementary, DoubleIsTheCLibrarys) {
  for (double x = -5; x < 5; x += 0.37) {
    EXPECT_EQ(exp(x), std::exp(x));
    EXPECT_EQ(tanh(x), std::tanh(x));
    EXPECT_EQ(log(x * x), std::log(x * x));
    EXPECT_NEAR(sigmoid(x), 1 / (1 + std::exp(-x)), 1e-15);
  }
}

}  // namespace
}  // namespace scrawl::kernels
