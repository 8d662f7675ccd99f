#include "scrawl/layer.h"

#include "nn/layer_kinds.h"
#include "nn/layers.h"

#include <algorithm>

namespace scrawl {
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
  if (const auto* custom = as<CustomLayer>(spec)) return make_custom<T>(*custom, input);
  return maker_of<T>(std::visit([](const auto& kind) { return makers(kind); }, spec))(input);
}

template class Layer<float>;
template class Layer<double>;
template std::unique_ptr<Layer<float>> make_layer(const LayerSpec&, const Shape&);
template std::unique_ptr<Layer<double>> make_layer(const LayerSpec&, const Shape&);

}  // namespace scrawl
