#pragma once

#include "scrawl/arrays.h"

#include <cstddef>

namespace scrawl {

/// The part `box` of a picture, scaled to `width` x `height` pixels. Shrinking averages areas; enlarging
/// interpolates linearly between pixel centres, over black outside the picture. The same bits on every
/// machine. REQUIRES a box within the picture, and no side of it or of the result to be 0.
GreyImage scaled(const GreyImage& image, const Box& box, std::size_t width, std::size_t height);

/// `box.width` and `box.height` in proportion, so that the longer becomes `longer`; to the nearest pixel, and
/// at least 1. Width and height of the result only.
Box fitted(const Box& box, std::size_t longer);

/// The picture made `factor` times smaller along both sides: each pixel is the mean of a square, or of what
/// there is of it at the right and lower border. REQUIRES factor > 0 and at most 4096.
GreyImage reduced(const GreyView& picture, std::size_t factor);

/// The picture with black and white exchanged.
GreyImage inverted(const GreyView& picture);

}  // namespace scrawl
