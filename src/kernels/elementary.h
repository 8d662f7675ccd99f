#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

/// exp, log, sigmoid and tanh. For float they are fixed sequences of correctly rounded operations, which the
/// vector code repeats in each lane. For double (gradient checks only) they are those of the C library.
namespace scrawl::kernels {

/// a * b + c: fused for float, as part of the definition of every result; plain for double.
inline float mul_add(float a, float b, float c) { return std::fma(a, b, c); }
inline double mul_add(double a, double b, double c) { return a * b + c; }

struct ExpConstants {
  static constexpr float lowest = -87.0F;
  static constexpr float highest = 88.0F;
  static constexpr float log2e = 1.44269504F;
  static constexpr float round = 12582912.0F;             // 1.5 * 2^23: adding it rounds to an integer
  static constexpr float minus_ln2_high = -0.693359375F;  // ten bits: integer multiples are exact
  static constexpr float minus_ln2_low = 2.12194440e-4F;  // ln 2 = 0.693359375 - 2.12194440e-4
  static constexpr int terms = 8;
  static constexpr float inverse_factorial[terms] = {1.0F / 5040, 1.0F / 720, 1.0F / 120, 1.0F / 24,
                                                     1.0F / 6,    0.5F,       1.0F,       1.0F};
};

/// e^x within 2 ulp: x = n ln 2 + r, |r| <= ln 2 / 2, Taylor's polynomial of degree 7 for e^r (remainder
/// 5e-9), times 2^n. Arguments are clamped to [-87, 88], so that 2^n is a normal number; NaN stays NaN.
inline float exp(float x) {
  using C = ExpConstants;
  x = C::highest < x ? C::highest : x;
  x = C::lowest > x ? C::lowest : x;
  const float shifted = std::fma(x, C::log2e, C::round);
  const float n = shifted - C::round;
  const float r = std::fma(n, C::minus_ln2_low, std::fma(n, C::minus_ln2_high, x));
  float p = C::inverse_factorial[0];
  for (int i = 1; i < C::terms; ++i) p = std::fma(p, r, C::inverse_factorial[i]);
  const std::uint32_t power = (std::bit_cast<std::uint32_t>(shifted) + 127U) << 23;
  return p * std::bit_cast<float>(power);
}
inline double exp(double x) { return std::exp(x); }

/// ln x for normal positive x within 2 ulp: e ln 2 + 2 artanh((m - 1) / (m + 1)), m in [sqrt(1/2), sqrt(2)).
/// Keeps NaN and infinity, so that the loss of a diverged run shows it.
inline float log(float x) {
  if (!(x < std::numeric_limits<float>::infinity())) return x;
  auto bits = std::bit_cast<std::uint32_t>(x);
  float exponent = static_cast<float>(static_cast<int>(bits >> 23) - 127);
  float m = std::bit_cast<float>((bits & 0x7fffffU) | 0x3f800000U);
  if (m > 1.41421356F) {
    m *= 0.5F;
    exponent += 1.0F;
  }
  const float s = (m - 1.0F) / (m + 1.0F);
  const float s2 = s * s;
  float p = 1.0F / 9;
  p = std::fma(p, s2, 1.0F / 7);
  p = std::fma(p, s2, 1.0F / 5);
  p = std::fma(p, s2, 1.0F / 3);
  const float twice = 2.0F * s;  // added last, so that its rounding is not multiplied
  return std::fma(exponent, 0.693147181F, std::fma(twice * s2, p, twice));
}
inline double log(double x) { return std::log(x); }

template <class T>
T sigmoid(T x) {
  return T{1} / (T{1} + exp(-x));
}

struct TanhConstants {
  static constexpr float small = 0.4F;
  static constexpr int terms = 8;
  // Taylor: tanh x = x (1 - x^2/3 + 2 x^4/15 - ...); the remainder is below 1e-9 for |x| < 0.4.
  static constexpr float taylor[terms] = {
      -929569.0F / 638512875, 21844.0F / 6081075, -1382.0F / 155925, 62.0F / 2835,
      -17.0F / 315,           2.0F / 15,          -1.0F / 3,         1.0F};
};

/// tanh x: Taylor's polynomial near 0, sign(x) (1 - 2 / (e^2|x| + 1)) elsewhere.
inline float tanh(float x) {
  using C = TanhConstants;
  const float magnitude = std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) & 0x7fffffffU);
  const float x2 = x * x;
  float p = C::taylor[0];
  for (int i = 1; i < C::terms; ++i) p = std::fma(p, x2, C::taylor[i]);
  if (magnitude < C::small) return x * p;
  const float far = 1.0F - 2.0F / (exp(2.0F * magnitude) + 1.0F);
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(far) |
                              (std::bit_cast<std::uint32_t>(x) & 0x80000000U));
}
inline double tanh(double x) { return std::tanh(x); }

}  // namespace scrawl::kernels
