#pragma once

#include <numbers>

namespace scrawl {

struct Point {
  double x = 0;
  double y = 0;
};

constexpr double radians(double degrees) { return degrees * std::numbers::pi / 180; }

}  // namespace scrawl
