#pragma once

#include "scrawl/network.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace scrawl {

/// A layer as `x @ weight + bias`. The inputs of a convolution are those below its window, in C, H, W order.
struct DenseArrays {
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::vector<float> weight;            ///< inputs x outputs
  std::vector<float> bias;              ///< empty if the layer has none
  std::vector<std::size_t> shape = {};  ///< of the weight in model files
};

DenseArrays dense_arrays(const Network& network, std::size_t layer);  ///< REQUIRES a Dense or a Conv2d

std::vector<float> transposed(const std::vector<float>& matrix, std::size_t rows, std::size_t columns);

/// Converts rows of values from the order height, width, channel to channel, height, width.
std::vector<float> channels_first(const std::vector<float>& values, std::size_t rows, const Shape& picture);

/// An array of a network's state and its name in files: "1.running_mean" and "1.running_var" of a batch
/// normalisation, as in PyTorch; "1.state" of a custom layer.
struct StateInfo {
  std::string name;
  std::vector<std::size_t> shape;
  std::size_t offset = 0;

  std::size_t size() const { return shape[0]; }
  bool is_variance() const { return name.ends_with(".running_var"); }
};

std::vector<StateInfo> state_infos(const ModelSpec& spec);

std::vector<float> copy_state(const Network& network, const StateInfo& info);
void set_state(Network& network, const StateInfo& info, const std::vector<float>& values);

/// The parameters and the state of a batch normalisation, per channel.
struct NormArrays {
  std::vector<float> weight;
  std::vector<float> bias;
  std::vector<float> mean;
  std::vector<float> variance;
};

NormArrays norm_arrays(const Network& network, std::size_t layer);  ///< REQUIRES a BatchNorm

/// Weights as integer multiples of one scale per output: weight[i][o] is about values[i][o] * scales[o].
struct Int8Weights {
  std::vector<std::int8_t> values;  ///< inputs x outputs, from -127 to 127
  std::vector<float> scales;        ///< max |weight| of the output / 127
};

/// Rounds to nearest: errors are at most half the scale (and float's rounding). REQUIRES finite weights.
Int8Weights quantise(const DenseArrays& layer);

}  // namespace scrawl
