#pragma once

#include "scrawl/network.h"
#include "scrawl/preprocessing.h"

#include <cstddef>
#include <vector>

/// What a trained network computes, with less work: constants are multiplied into the weights, in double.
namespace scrawl {

/// What a batch normalisation does when it predicts: y = factor * x + offset, for each channel.
struct NormScale {
  std::vector<double> factors;  ///< weight / sqrt(variance + epsilon)
  std::vector<double> offsets;  ///< bias - mean * factor
};

/// REQUIRES that layer `layer` of the network is a BatchNorm.
NormScale norm_scale(const Network& network, std::size_t layer);

/// A layer with its parameters in double, so that they are rounded once.
struct FoldedLayer {
  LayerSpec spec;
  Shape input;
  Shape output;
  std::vector<double> parameters;  ///< as in Network::parameters(): inputs x outputs weights, then the bias
  std::vector<float> state;
};
NormScale norm_scale(const FoldedLayer& layer);  ///< REQUIRES a BatchNorm

/// The layers that predict. A convolution or dense layer absorbs the batch normalisation directly after it,
/// whose running means and variances are constants at that point, and gets a bias if it had none; a
/// convolution also one after max pooling, if its factors are all above 0. Dropout is removed. A
/// normalisation after any other layer stays.
std::vector<FoldedLayer> fold_layers(const Network& network);

/// The same as a network: the same outputs up to rounding.
Network fold_batchnorm(const Network& network);

/// Gives a Dense or Conv2d a bias if it has none, and returns the number of its outputs; 0 for another layer.
std::size_t add_bias(FoldedLayer& layer);

/// Converts a dense layer for prepared pixels to one for their bytes: every preprocessing is linear.
/// Whitening costs inputs * inputs * outputs multiplications. REQUIRES a Dense with a bias.
void fold_preprocessing(const Preprocessing& preprocessing, FoldedLayer& layer);

/// A preprocessing that does the same to bytes, without the mean and the deviation if they are those of all
/// pixels.
Preprocessing fold_standardisation(const Preprocessing& preprocessing);

}  // namespace scrawl
