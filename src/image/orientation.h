#pragma once

#include "scrawl/arrays.h"

#include <cstddef>
#include <span>

/// How a camera was held is a number from 1 to 8 in EXIF and TIFF. It says where the file's first row and its
/// first column lie in the picture as it was seen: 1 top and left, 2 top and right, 3 bottom and right,
/// 4 bottom and left, 5 left and top, 6 right and top, 7 right and bottom, 8 left and bottom.
namespace scrawl {

/// The orientation in an EXIF block, which may begin with "Exif\0\0"; 1 if there is none or it is invalid.
int exif_orientation(std::span<const std::byte> block);

/// The picture as it was seen. A value that is not 2 to 8 changes nothing.
GreyImage upright(GreyImage image, int orientation);

}  // namespace scrawl
