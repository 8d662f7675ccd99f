#pragma once

#include "scrawl/network.h"
#include "scrawl/preprocessing.h"

#include "model/dense_arrays.h"

namespace scrawl {

/// A network for recognition alone that gives the same outputs, but for rounding, with less work: a
/// convolution or dense layer takes in the batch normalisation directly behind it, whose running means and
/// variances are constants by then (w' = w s and b' = (b - mean) s + bias, s = weight / sqrt(variance +
/// epsilon), computed in double), and gets a bias if it had none. Dropout goes. A normalisation behind
/// anything else stays.
Network fold_batchnorm(const Network& network);

/// Makes of a dense layer that takes prepared pixels one that takes their bytes, computed in double: every
/// preprocessing is linear. With whitening it takes inputs * inputs * outputs multiplications.
void fold_preprocessing(const Preprocessing& preprocessing, DenseArrays& layer);

/// A preprocessing that does the same to bytes, without the mean and the deviation if they are those of all
/// pixels.
Preprocessing fold_standardisation(const Preprocessing& preprocessing);

}  // namespace scrawl
