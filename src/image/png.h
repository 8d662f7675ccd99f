#pragma once

#include "scrawl/arrays.h"

#include "base/files.h"
#include "image/colour_image.h"

namespace scrawl {

/// A PNG file with eight bits of grey a pixel and nothing besides: no time, no text, so that equal pictures
/// give equal files. Throws Error(invalid_argument) for a picture without pixels, with a side above 32768, or
/// whose pixels are not width * height.
Bytes encode_png(const GreyImage& image);
/// The same with eight bits each of red, green and blue.
Bytes encode_png(const ColourImage& image);

}  // namespace scrawl
