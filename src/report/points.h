#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace scrawl {

/// A measured value over steps or epochs.
struct Point {
  double x = 0;
  double y = 0;
};

/// The points of one range of x.
struct Bin {
  double x = 0;  ///< their mean
  double low = 0;
  double mean = 0;
  double high = 0;
};

/// Cuts the range from the first to the last x into `most` equal parts and joins the finite points of each;
/// empty parts are omitted. REQUIRES most > 0 and x that do not fall.
std::vector<Bin> join_points(std::span<const Point> points, std::size_t most);

}  // namespace scrawl
