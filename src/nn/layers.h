#pragma once

#include "scrawl/layer.h"

#include <cstdint>
#include <memory>

/// One maker per kind of layer; make_layer in layer.cpp picks.
namespace scrawl {

/// Makes the layer of `spec` for inputs of shape `input`. Throws Error(invalid_argument) for a custom layer
/// with an invalid description.
template <class T>
std::unique_ptr<Layer<T>> make_layer(const LayerSpec& spec, const Shape& input);

/// No model has more inputs, parameters, values of state and outputs of layers in all.
constexpr std::uint64_t most_model_values = std::uint64_t{1} << 31;

/// Whether a shape has at most so many values; no product overflows.
bool is_small_enough(const Shape& shape);

/// What an initialiser has to know of a layer's weights.
struct WeightExtents {
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::size_t area = 1;  ///< places of a window; a node leads into outputs * area others
};
/// Draws weights, which lie as (inputs, outputs).
template <class T>
void initialise_weights(const Initialiser& initialiser, const WeightExtents& extents, const RandomKey& key,
                        std::span<T> weights);

template <class T>
std::unique_ptr<Layer<T>> make_dense(const Dense& spec, const Shape& input);

template <class T>
std::unique_ptr<Layer<T>> make_activation(const Sigmoid& spec, const Shape& input);
template <class T>
std::unique_ptr<Layer<T>> make_activation(const Relu& spec, const Shape& input);
template <class T>
std::unique_ptr<Layer<T>> make_activation(const Tanh& spec, const Shape& input);

template <class T>
std::unique_ptr<Layer<T>> make_activation(const LeakyRelu& spec, const Shape& input);

template <class T>
std::unique_ptr<Layer<T>> make_silu(const Shape& input);

template <class T>
std::unique_ptr<Layer<T>> make_convolution(const Conv2d& spec, const Shape& input);

template <class T>
std::unique_ptr<Layer<T>> make_pooling(const MaxPool& spec, const Shape& input);
template <class T>
std::unique_ptr<Layer<T>> make_pooling(const AveragePool& spec, const Shape& input);
template <class T>
std::unique_ptr<Layer<T>> make_pooling(const GlobalAveragePool& spec, const Shape& input);

/// What batch normalisation takes a mean of: each channel of a picture, or each value of a plain vector.
inline std::size_t normalised_channels(const Shape& shape) {
  return shape.channels == 1 && shape.height == 1 ? shape.width : shape.channels;
}
template <class T>
std::unique_ptr<Layer<T>> make_batchnorm(const BatchNorm& spec, const Shape& input);

template <class T>
std::unique_ptr<Layer<T>> make_dropout(const Dropout& spec, const Shape& input);

template <class T>
std::unique_ptr<Layer<T>> make_flatten(const Shape& input);

/// The program's layer, after a check of what it says of itself.
template <class T>
std::unique_ptr<Layer<T>> make_custom(const CustomLayer& spec, const Shape& input);

}  // namespace scrawl
