#pragma once

#include "scrawl/network.h"

#pragma GCC visibility push(default)
namespace scrawl {

/// A network for recognition alone that gives the same outputs, but for rounding, with less work: a
/// convolution or dense layer takes in the batch normalisation directly behind it, whose running means and
/// variances are constants by then (w' = w s and b' = (b - mean) s + bias, s = weight / sqrt(variance +
/// epsilon), computed in double), and gets a bias if it had none. Dropout goes. A normalisation behind
/// anything else stays.
Network fold_batchnorm(const Network& network);

}  // namespace scrawl
#pragma GCC visibility pop
