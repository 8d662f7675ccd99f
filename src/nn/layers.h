#pragma once

#include "scrawl/layer.h"

#include <cstdint>
#include <memory>
#include <type_traits>

namespace scrawl {

/// Makes the layer of `spec` for inputs of shape `input`. Throws Error(invalid_argument) for a custom layer
/// with an invalid description.
template <class T>
std::unique_ptr<Layer<T>> make_layer(const LayerSpec& spec, const Shape& input);

/// No model has more inputs, parameters, values of state and outputs of layers in all.
constexpr std::uint64_t most_model_values = std::uint64_t{1} << 31;

/// The number of values of a tensor: at most one more than that, also for an empty shape.
std::uint64_t bounded_count(const std::vector<std::size_t>& shape);

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
const auto& maker_of(const CustomLayer& spec) {
  if constexpr (std::is_same_v<T, float>)
    return spec.make_float;
  else
    return spec.make_double;
}
/// The program's layer. Throws Error(invalid_argument) if its description is invalid.
template <class T>
std::unique_ptr<Layer<T>> make_custom(const CustomLayer& spec, const Shape& input);

/// What batch normalisation takes a mean of: each channel of a picture, or each value of a plain vector.
inline std::size_t normalised_channels(const Shape& shape) {
  return shape.channels == 1 && shape.height == 1 ? shape.width : shape.channels;
}

}  // namespace scrawl
