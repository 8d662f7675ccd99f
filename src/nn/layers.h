#pragma once

#include "scrawl/layer.h"

#include <cstdint>
#include <memory>

/// One maker per kind of layer; make_layer in layer.cpp picks.
namespace scrawl {

/// No model has more inputs, parameters, values of state and outputs of layers in all.
constexpr std::uint64_t most_model_values = std::uint64_t{1} << 31;

/// Whether a shape has at most so many values; no product overflows.
bool is_small_enough(const Shape& shape);

template <class T>
std::unique_ptr<Layer<T>> make_dense(const Dense& spec, const Shape& input);

template <class T>
std::unique_ptr<Layer<T>> make_activation(const Sigmoid& spec, const Shape& input);
template <class T>
std::unique_ptr<Layer<T>> make_activation(const Relu& spec, const Shape& input);
template <class T>
std::unique_ptr<Layer<T>> make_activation(const Tanh& spec, const Shape& input);

/// The program's layer, after a check of what it says of itself.
template <class T>
std::unique_ptr<Layer<T>> make_custom(const CustomLayer& spec, const Shape& input);

}  // namespace scrawl
