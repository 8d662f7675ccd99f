#pragma once

#include "scrawl/network.h"
#include "scrawl/preprocessing.h"

#include "model/dense_arrays.h"

namespace scrawl {

/// A network for prediction only, with the same outputs up to rounding and less work. A convolution or dense
/// layer absorbs the batch normalisation directly after it, whose running means and variances are constants
/// at that point (w' = w s and b' = (b - mean) s + bias, s = weight / sqrt(variance + epsilon), computed in
/// double), and gets a bias if it had none. Dropout is removed. A normalisation after any other layer stays.
Network fold_batchnorm(const Network& network);

/// Converts a dense layer for prepared pixels to one for their bytes, in double precision: every
/// preprocessing is linear. Whitening costs inputs * inputs * outputs multiplications.
void fold_preprocessing(const Preprocessing& preprocessing, DenseArrays& layer);

/// A preprocessing that does the same to bytes, without the mean and the deviation if they are those of all
/// pixels.
Preprocessing fold_standardisation(const Preprocessing& preprocessing);

}  // namespace scrawl
