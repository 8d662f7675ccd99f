#include "page/skew.h"

#include "image/components.h"
#include "page/geometry.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace scrawl {
namespace {

constexpr std::size_t most_points = 30'000;
constexpr std::size_t least_marks = 20;  // fewer may slope by chance
constexpr double widest_skew = 35;
constexpr double least_skew = 4;  // digits are read as well if they slope by less
constexpr double clearly = 1.6;   // sharper than level

/// How much the numbers of points in level strips differ, after turning.
double sharpness(const std::vector<Point>& points, double degrees, double strip, double extent) {
  const double c = cosine(degrees);
  const double s = sine(degrees);
  std::vector<double> across(static_cast<std::size_t>(2 * extent / strip) + 3);
  for (const Point& point : points)
    across[static_cast<std::size_t>((point.x * s + point.y * c + extent) / strip)] += 1;
  double squares = 0;
  for (std::size_t i = 1; i < across.size(); ++i)
    squares += (across[i] - across[i - 1]) * (across[i] - across[i - 1]);
  return squares;
}

}  // namespace

double find_skew(const GreyImage& mask) {
  const Components marks = find_components(mask, 0);
  const std::size_t speck = std::max<std::size_t>(6, std::min(mask.width, mask.height) / 100);
  const auto count =
      static_cast<std::size_t>(std::count_if(marks.all.begin(), marks.all.end(), [&](const auto& mark) {
        return std::max(mark.box.width, mark.box.height) >= speck;
      }));
  if (count < least_marks) return 0;
  std::size_t ink = 0;
  for (const std::uint8_t value : mask.pixels) ink += value != 0;
  if (ink == 0) return 0;
  const std::size_t step = ink / most_points + 1;
  std::vector<Point> points;
  std::size_t number = 0;
  for (std::size_t y = 0; y < mask.height; ++y)
    for (std::size_t x = 0; x < mask.width; ++x)
      if (mask.pixels[y * mask.width + x] != 0 && number++ % step == 0)
        points.push_back({static_cast<double>(x) - static_cast<double>(mask.width) / 2,
                          static_cast<double>(y) - static_cast<double>(mask.height) / 2});
  const double extent = distance(static_cast<double>(mask.width), static_cast<double>(mask.height));
  const double strip = std::max(1.0, extent / 800);
  const auto at = [&](double degrees) { return sharpness(points, degrees, strip, extent); };
  double best = 0;
  double sharpest = at(0);
  const double level = std::max({sharpest, at(1), at(-1), at(2), at(-2)});
  for (double degrees = -widest_skew; degrees <= widest_skew; degrees += 1)
    if (const double found = at(degrees); found > sharpest) sharpest = found, best = degrees;
  const double centre = best;
  for (double degrees = centre - 1; degrees <= centre + 1; degrees += 0.2)
    if (const double found = at(degrees); found > sharpest) sharpest = found, best = degrees;
  return std::abs(best) >= least_skew && sharpest > clearly * level ? best : 0;
}

}  // namespace scrawl
