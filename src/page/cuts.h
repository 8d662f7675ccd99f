#pragma once

#include "scrawl/arrays.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace scrawl {

/// A straight line through a mark that divides touching digits: x = at + slant * (y - middle of the box).
struct Cut {
  double at = 0;
  double slant = 0;
  double ink = 0;  ///< pixels of ink on it

  double x(double y, double middle) const { return at + slant * (y - middle); }
};

/// Where a mark could be divided, from left to right: lines that meet less ink than their neighbours.
std::vector<Cut> find_cuts(const std::vector<std::uint32_t>& labels, std::size_t page_width,
                           std::uint32_t label, const Box& box, double stroke, double height);

}  // namespace scrawl
