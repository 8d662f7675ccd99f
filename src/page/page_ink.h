#pragma once

#include "scrawl/arrays.h"

#include "page/sheet.h"

#include <cstddef>

namespace scrawl {

/// The ink of a page, on which strokes are narrow and may be of different strength.
struct PageInk {
  GreyImage strength = {};  ///< how far each pixel stands out from the paper around it
  GreyImage mask = {};      ///< 255 where a stroke is: at least half as strong as the strongest nearby
  double level = 0;         ///< the strength of strong ink; 0 where the page shows none
  double noise = 0;         ///< standard deviation of the strength of empty paper
  double stroke = 0;        ///< the usual width of a stroke, in pixels
  bool is_bright = false;   ///< the ink is brighter than the paper
};

/// Separates the ink of a page, bright or dark, from its paper, whose light may change. Nothing is ink that
/// stands out less than the noise, or much less than the strongest ink.
/// With a sheet, only what lies on it counts.
PageInk find_page_ink(const GreyImage& picture, bool is_bright, const Sheet& sheet);

}  // namespace scrawl
