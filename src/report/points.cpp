#include "report/points.h"

#include <algorithm>
#include <cmath>

namespace scrawl {

std::vector<Bin> join_points(std::span<const Point> points, std::size_t most) {
  std::vector<Bin> bins;
  if (points.empty()) return bins;
  const double first = points.front().x;
  const double range = points.back().x - first;
  std::size_t current = most;  // the part that bins.back() stands for
  double count = 0;
  for (const auto& point : points) {
    if (!std::isfinite(point.y)) continue;
    const double place = range > 0 ? (point.x - first) / range * static_cast<double>(most) : 0;
    const std::size_t part = std::min(static_cast<std::size_t>(place), most - 1);
    if (part != current) {
      bins.push_back({point.x, point.y, point.y, point.y});
      current = part;
      count = 1;
      continue;
    }
    count += 1;
    Bin& bin = bins.back();
    bin.x += (point.x - bin.x) / count;
    bin.mean += (point.y - bin.mean) / count;
    bin.low = std::min(bin.low, point.y);
    bin.high = std::max(bin.high, point.y);
  }
  return bins;
}

}  // namespace scrawl
