#pragma once

#include "scrawl/arrays.h"

#include <cstddef>

/// Grey morphology with rectangles, as Leptonica does it: van Herk's algorithm, whose time does not depend on
/// the size of the rectangle. Sides are odd; what lies outside the picture does not count.
namespace scrawl {

/// Every pixel the brightest of the rectangle around it.
GreyImage dilated(const GreyImage& picture, std::size_t width, std::size_t height);

/// Without the bright structures in which the rectangle has no room.
GreyImage opened(const GreyImage& picture, std::size_t width, std::size_t height);

/// The picture with its border repeated outwards `by` pixels on each side.
GreyImage extended(const GreyImage& picture, std::size_t by);

}  // namespace scrawl
