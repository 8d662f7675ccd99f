#pragma once

#include "scrawl/layer.h"

#include <memory>

/// One maker per kind of layer; make_layer in layer.cpp picks.
namespace scrawl {

template <class T>
std::unique_ptr<Layer<T>> make_dense(const Dense& spec, const Shape& input);

template <class T>
std::unique_ptr<Layer<T>> make_activation(const Sigmoid& spec, const Shape& input);
template <class T>
std::unique_ptr<Layer<T>> make_activation(const Relu& spec, const Shape& input);
template <class T>
std::unique_ptr<Layer<T>> make_activation(const Tanh& spec, const Shape& input);

}  // namespace scrawl
