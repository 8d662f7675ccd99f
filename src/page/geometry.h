#pragma once

#include "base/portable_math.h"

#include <cmath>

namespace scrawl {

struct Point {
  double x = 0;
  double y = 0;
};

// The same bits on every machine, which the standard library's functions do not promise.

/// Of an angle in degrees, from -360 to 360.
inline double cosine(double degrees) { return portable_cos_turn(std::abs(degrees) / 360); }
inline double sine(double degrees) {
  const double shifted = degrees - 90;
  return portable_cos_turn(std::abs(shifted) / 360);
}
inline double distance(double x, double y) { return std::sqrt(x * x + y * y); }

}  // namespace scrawl
