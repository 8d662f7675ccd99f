#include "base/portable_math.h"

#include <bit>
#include <cstdint>
#include <numbers>

namespace scrawl {

// ln x = e ln 2 + 2 artanh((m - 1) / (m + 1)) with
// m in [sqrt(1/2), sqrt(2)); the series of artanh needs eleven terms there.
double portable_log(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  int exponent = static_cast<int>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0xfffffffffffffULL) | 0x3ff0000000000000ULL);
  if (m > std::numbers::sqrt2) {
    m *= 0.5;
    ++exponent;
  }
  const double s = (m - 1.0) / (m + 1.0);
  const double s2 = s * s;
  double sum = 0.0;
  for (int k = 21; k >= 1; k -= 2) sum = sum * s2 + 1.0 / k;
  return exponent * std::numbers::ln2 + 2.0 * s * sum;
}

// The Taylor series after folding u into [0, 1/4].
double portable_cos_turn(double u) {
  double folded = u < 0.5 ? u : 1.0 - u;
  const bool negative = folded > 0.25;
  if (negative) folded = 0.5 - folded;
  const double x = 2.0 * std::numbers::pi * folded;
  const double x2 = x * x;
  double sum = 1.0;
  for (int k = 22; k >= 2; k -= 2) sum = 1.0 - sum * x2 / (static_cast<double>(k) * (k - 1));
  return negative ? -sum : sum;
}

}  // namespace scrawl
