#pragma once

#include "scrawl/arrays.h"

namespace scrawl {

/// The mean stroke width of a digit in pixels: twice its area divided by the length of its outline (the total
/// variation of the grey values, so soft edges do not matter). 0 for black.
double stroke_width(const GreyImage& ink);

/// A digit with strokes that are wider by 2 * radius pixels: each pixel becomes the brightest within the
/// radius, the rim in proportion. The picture should have that much room at its borders.
GreyImage thickened(const GreyImage& ink, double radius);

/// The part of a mark's ink that is far wider than its strokes, from 0 to 1. A pen writes digits with hardly
/// any; drawings have filled areas.
double blot_share(const GreyImage& ink);

}  // namespace scrawl
