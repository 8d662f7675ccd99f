#pragma once

#include "scrawl/arrays.h"

#include "image/mnist_form.h"

namespace scrawl {

/// A digit, bright on black and of any size, in MNIST's form. Where its strokes are thinner than MNIST's ever
/// are, they are made as bright and as wide as usual there.
MnistImage with_strokes_of_mnist(const GreyImage& digit);

}  // namespace scrawl
