#pragma once

#include "scrawl/network.h"

#pragma GCC visibility push(default)
namespace scrawl {

/// A network for prediction only, with the same outputs up to rounding and less work. A convolution or dense
/// layer absorbs the batch normalisation directly after it, whose running means and variances are constants
/// at that point (w' = w s and b' = (b - mean) s + bias, s = weight / sqrt(variance + epsilon), computed in
/// double), and gets a bias if it had none. Dropout is removed. A normalisation after any other layer stays.
Network fold_batchnorm(const Network& network);

}  // namespace scrawl
#pragma GCC visibility pop
