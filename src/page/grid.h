#pragma once

#include "scrawl/arrays.h"

#include "page/rules.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace scrawl {

/// A rule from end to end, as a function of the position along it: its places at even steps, in between and
/// beyond them by straight lines.
struct RuleCurve {
  double first = 0;  ///< position of the first place
  double step = 1;
  std::vector<double> places = {};

  double end() const { return first + step * static_cast<double>(places.size() - 1); }
  double at(double position) const;
};

/// A table: rows between rules across, columns between rules down, which may be bent or seen askew.
struct PageGrid {
  std::vector<RuleCurve> across = {};  ///< from top to bottom; y as a function of x
  std::vector<RuleCurve> down = {};    ///< from left to right; x as a function of y
  Box box = {};

  std::size_t rows() const { return across.size() - 1; }
  std::size_t columns() const { return down.size() - 1; }
  struct Cell {
    std::size_t row, column;
  };
  /// The cell that a point lies in; nothing for one outside.
  std::optional<Cell> cell_at(double x, double y) const;
  double cell_height() const;  ///< the median of its rows at their middle
};

/// The tables that rules form, each with two rules or more either way. `height` is that of digits: cells that
/// are lower are squared paper, not a table.
std::vector<PageGrid> find_grids(const Rules& rules, double height, double stroke);

}  // namespace scrawl
