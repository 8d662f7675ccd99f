#pragma once

#include "scrawl/arrays.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace scrawl {

constexpr std::size_t mnist_side = 28;

using MnistImage = std::array<std::uint8_t, mnist_side * mnist_side>;

/// The box around the ink of a picture that is in MNIST's form already: 28x28, bright on black, the longer
/// side about 20 pixels, the centre of mass at the centre. Nothing for other pictures.
std::optional<Box> box_in_mnist_form(const GreyView& picture);

/// A digit, bright on black and of any size, in the form of the MNIST set as its page
/// (yann.lecun.com/exdb/mnist) and LeCun et al., "Gradient-based learning applied to document recognition"
/// (1998) describe it: the ink's bounding box is scaled, keeping its proportions, until its longer side is 20
/// pixels, and lies on 28x28 so that its centre of mass is at the centre.
///
/// Ink is what is brighter than a quarter of the brightest pixel, so that faint noise does not widen the box.
/// Shrinking averages areas; enlarging interpolates linearly between pixel centres, over black outside the
/// picture. In MNIST itself the centre is that of pixel (14, 14), and pictures are moved by whole pixels
/// only. A picture without ink gives zeros. The result is the same bits on every machine.
MnistImage to_mnist_form(const GreyImage& ink);

}  // namespace scrawl
