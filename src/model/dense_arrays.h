#pragma once

#include "scrawl/network.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace scrawl {

/// What a dense layer computes with, in the form `x @ weight + bias`.
struct DenseArrays {
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::vector<float> weight;  ///< inputs x outputs
  std::vector<float> bias;    ///< empty where the layer has none
};

/// REQUIRES that layer `layer` of the network is a Dense.
DenseArrays dense_arrays(const Network& network, std::size_t layer);

/// The transpose of a rows x columns matrix.
std::vector<float> transposed(const std::vector<float>& matrix, std::size_t rows, std::size_t columns);

/// Weights as whole multiples of one scale per output: weight[i][o] is about values[i][o] * scales[o].
struct Int8Weights {
  std::vector<std::int8_t> values;  ///< inputs x outputs, from -127 to 127
  std::vector<float> scales;        ///< max |weight| of the output / 127
};

/// Rounds to nearest, so that no weight changes by more than half its scale (and float's rounding).
/// REQUIRES finite weights.
Int8Weights quantise(const DenseArrays& layer);

}  // namespace scrawl
