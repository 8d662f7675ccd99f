#include "scrawl/layer.h"

#include "nn/layers.h"

#include <algorithm>

namespace scrawl {
namespace {

template <class T>
struct Maker {
  const Shape& input;
  std::unique_ptr<Layer<T>> operator()(const Dense& spec) const { return make_dense<T>(spec, input); }
  std::unique_ptr<Layer<T>> operator()(const CustomLayer& spec) const { return make_custom<T>(spec, input); }
  std::unique_ptr<Layer<T>> operator()(const Conv2d& spec) const { return make_convolution<T>(spec, input); }
  std::unique_ptr<Layer<T>> operator()(const MaxPool& spec) const { return make_pooling<T>(spec, input); }
  std::unique_ptr<Layer<T>> operator()(const AveragePool& spec) const { return make_pooling<T>(spec, input); }
  std::unique_ptr<Layer<T>> operator()(const GlobalAveragePool& spec) const {
    return make_pooling<T>(spec, input);
  }
  std::unique_ptr<Layer<T>> operator()(const BatchNorm& spec) const { return make_batchnorm<T>(spec, input); }
  std::unique_ptr<Layer<T>> operator()(const Dropout& spec) const { return make_dropout<T>(spec, input); }
  std::unique_ptr<Layer<T>> operator()(const Flatten&) const { return make_flatten<T>(input); }
  std::unique_ptr<Layer<T>> operator()(const Silu&) const { return make_silu<T>(input); }
  template <class Activation>
  std::unique_ptr<Layer<T>> operator()(const Activation& spec) const {
    return make_activation<T>(spec, input);
  }
};

}  // namespace

std::size_t ParameterInfo::size() const {
  std::size_t product = 1;
  for (const auto extent : shape) product *= extent;
  return product;
}

template <class T>
void Layer<T>::initialise_state(std::span<T> state) const {
  std::fill(state.begin(), state.end(), T{0});
}

template <class T>
void Layer<T>::initialise(const Initialiser&, const RandomKey&, std::span<T> parameters) const {
  std::fill(parameters.begin(), parameters.end(), T{0});
}

template <class T>
std::unique_ptr<Layer<T>> make_layer(const LayerSpec& spec, const Shape& input) {
  return std::visit(Maker<T>{input}, spec);
}

template class Layer<float>;
template class Layer<double>;
template std::unique_ptr<Layer<float>> make_layer(const LayerSpec&, const Shape&);
template std::unique_ptr<Layer<double>> make_layer(const LayerSpec&, const Shape&);

}  // namespace scrawl
