#pragma once

#include "scrawl/arrays.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace scrawl {

/// What is ruled on a page: lines to write on, boxes, tables.
struct Rules {
  static constexpr std::uint8_t across = 1;
  static constexpr std::uint8_t down = 2;
  static constexpr std::uint8_t crossed = 4;  ///< times `across` or `down`: a rule below another stroke

  std::size_t width = 0;
  std::size_t height = 0;
  std::vector<std::uint8_t> at = {};  ///< per pixel, the bits above; empty where the page has no rules

  bool empty() const { return at.empty(); }
  /// Whether the pixel is a rule's alone.
  bool has(std::size_t pixel) const { return !empty() && (at[pixel] & (across | down)) != 0; }
};

/// Finds straight strokes of at least `least_length` pixels, up to 12 degrees away from upright or level. A
/// pixel of one belongs to the rule unless another stroke crosses it there: where the ink is clearly wider
/// than the rule is elsewhere.
Rules find_rules(const GreyImage& mask, double stroke, std::size_t least_length);

/// Takes what is no longer than a few digits are high from the rules again, unless it is the side of a box:
/// it is a stroke of a digit then.
void drop_strokes(Rules& rules, double height, double stroke);

}  // namespace scrawl
