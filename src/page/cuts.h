#pragma once

#include "scrawl/arrays.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace scrawl {

/// A line from the top of a mark's box to its bottom that divides touching digits: in row i of the box,
/// columns from `columns[i]` on, counted from the box's left side, are right of it.
struct Cut {
  std::vector<std::uint32_t> columns = {};
  double ink = 0;  ///< pixels of ink on it
};

/// Where a mark could be divided, from left to right: of the lines through each column at half height, none
/// steeper than 45 degrees to the side, those that meet less ink than their neighbours.
std::vector<Cut> find_cuts(const std::vector<std::uint32_t>& labels, std::size_t page_width,
                           std::uint32_t label, const Box& box, double stroke, double height);

}  // namespace scrawl
