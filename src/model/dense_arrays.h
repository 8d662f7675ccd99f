#pragma once

#include "scrawl/network.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace scrawl {

/// A layer as `x @ weight + bias`. The inputs of a convolution are those below its window, in C, H, W order.
struct DenseArrays {
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::vector<float> weight;  ///< inputs x outputs
  std::vector<float> bias;    ///< empty if the layer has none
};

DenseArrays dense_arrays(const Network& network, std::size_t layer);  ///< REQUIRES a Dense or a Conv2d

std::vector<float> transposed(const std::vector<float>& matrix, std::size_t rows, std::size_t columns);

/// Converts rows of values from the order height, width, channel to channel, height, width.
std::vector<float> channels_first(const std::vector<float>& values, std::size_t rows, const Shape& picture);

/// Weights as integer multiples of one scale per output: weight[i][o] is about values[i][o] * scales[o].
struct Int8Weights {
  std::vector<std::int8_t> values;  ///< inputs x outputs, from -127 to 127
  std::vector<float> scales;        ///< max |weight| of the output / 127
};

/// Rounds to nearest: errors are at most half the scale (and float's rounding). REQUIRES finite weights.
Int8Weights quantise(const DenseArrays& layer);

}  // namespace scrawl
