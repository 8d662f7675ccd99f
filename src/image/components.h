#pragma once

#include "scrawl/arrays.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace scrawl {

/// Pixels that touch each other, also by their corners.
struct Component {
  Box box = {};
  std::size_t area = 0;        ///< its pixels
  double mass = 0;             ///< the sum of its pixels' values
  std::uint8_t strongest = 0;  ///< the largest value
  bool touches_border = false;
};

struct Components {
  std::vector<std::uint32_t> labels = {};  ///< per pixel: 0, or 1 + the place in `all`
  std::vector<Component> all = {};         ///< in the order of their first pixels
};

/// The components of the pixels that are brighter than `threshold`.
Components find_components(const GreyImage& image, std::uint8_t threshold);

}  // namespace scrawl
