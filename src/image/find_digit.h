#pragma once

#include "scrawl/arrays.h"

#include "image/mnist_form.h"

#include <optional>

namespace scrawl {

/// A digit found in a picture.
struct FoundDigit {
  Box box = {};           ///< where its ink lies in the picture
  MnistImage image = {};  ///< in MNIST's form
  double blots = 0;       ///< see blot_share
  bool is_whole = false;  ///< the picture was in this form already, and is passed on as it is
};

/// Finds the one digit of a picture, be it dark on light or light on dark, and brings it into MNIST's form,
/// its strokes as wide as MNIST's. Nothing for a picture without a digit. Any size; a picture of many pixels
/// is reduced first. Takes about 25 bytes a pixel of up to 400,000 pixels besides the picture.
std::optional<FoundDigit> find_digit(const GreyView& picture);

}  // namespace scrawl
