#pragma once

#include "base/files.h"
#include "formats/tensor.h"

#include <span>
#include <utility>

namespace scrawl {

/// A pickle of a tuple of pairs of NumPy arrays, as tutorials know it under the name mnist.pkl: one pair
/// (images, labels) for each part.
/// It is of protocol 2, for Python 2 and 3. Byte strings are written as Python 3 writes them there, as texts
/// that _codecs.encode turns back, so pickle.load(f) needs no encoding="latin1" (and allows it); each byte
/// from 128 up then takes two in the file, for MNIST's pixels 7 % in all.
/// Throws Error(invalid_argument) for an array whose data does not fit its type and shape, whose type NumPy
/// has not (BF16, F8), or of 4 GiB and more. Allocates the result only.
Bytes encode_pickled_pairs(std::span<const std::pair<TensorView, TensorView>> pairs);

}  // namespace scrawl
