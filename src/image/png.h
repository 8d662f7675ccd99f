#pragma once

#include "scrawl/arrays.h"

#include "base/files.h"
#include "image/colour_image.h"

namespace scrawl {

/// A PNG file with eight bits of grey per pixel and no metadata, so that equal pictures give equal files.
/// Throws Error(invalid_argument) for empty pictures, sides above 32768, and pixels that are not width *
/// height.
Bytes encode_png(const GreyImage& image);
/// The same with eight bits each of red, green and blue.
Bytes encode_png(const ColourImage& image);

}  // namespace scrawl
