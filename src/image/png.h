#pragma once

#include "base/files.h"
#include "image/grey_image.h"

namespace scrawl {

/// A PNG file with eight bits of grey a pixel and nothing besides: no time, no text, so that equal pictures
/// give equal files. Throws Error(invalid_argument) for a picture without pixels, with a side above 32768, or
/// whose pixels are not width * height.
Bytes encode_png(const GreyImage& image);

}  // namespace scrawl
