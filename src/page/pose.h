#pragma once

#include "scrawl/arrays.h"

#include "page/page_ink.h"

#include <cstddef>

namespace scrawl {

/// How the page lies in the picture: reduced, then turned clockwise by quarters, then by the skew.
struct Pose {
  std::size_t factor = 1;
  int quarters = 0;  ///< from 0 to 3
  double skew = 0;   ///< in degrees
};

/// Ink that was found in a reduced picture, turned to be read from left to right. The canvas grows to hold
/// all of it.
PageInk turned(const PageInk& ink, const Pose& pose);

/// The extent of a box of the page in the picture, which has so many pixels.
Box in_picture(const Box& box, const Pose& pose, std::size_t width, std::size_t height);

}  // namespace scrawl
