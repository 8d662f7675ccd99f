#pragma once

#include "kernels/activation_reference.h"
#include "kernels/online.h"

/// The naive form of a step on one image. All loops include the padding, whose zeros change nothing.
namespace scrawl::kernels::reference {

template <class T>
T& weight(const OnlineRows<T>& rows, std::size_t row, std::size_t column) {
  return column < rows.head_columns ? rows.head[row * rows.head_columns + column]
                                    : rows.tail[row * rows.tail_columns + column - rows.head_columns];
}

/// The rows of a sum or an update, with a factor for each: all rows or the listed ones.
template <class T>
struct OnlineFactors {
  std::size_t count = 0;
  const T* values = nullptr;  ///< of all rows, or null
  const OnlineInput<T>* listed = nullptr;

  std::size_t row(std::size_t i) const { return listed ? listed[i].row : i; }
  T factor(std::size_t i) const { return listed ? listed[i].value : values[i]; }
};

template <class T>
OnlineFactors<T> input_factors(const OnlineNet<T>& net) {
  return {net.count, nullptr, net.inputs};
}

/// out[j] = sum of factor(i) times element j of row(i).
template <class T>
void online_sum(const OnlineRows<T>& rows, const OnlineFactors<T>& factors, T* out) {
  for (std::size_t j = 0; j < rows.head_columns + rows.tail_columns; ++j) {
    T chain[online_chains] = {};
    for (std::size_t i = 0; i < factors.count; ++i) {
      T& sum = chain[i % online_chains];
      sum = mul_add(factors.factor(i), weight(rows, factors.row(i), j), sum);
    }
    out[j] = (chain[0] + chain[1]) + (chain[2] + chain[3]);
  }
}

template <class T>
void online_activate(const OnlineLayer<T>& layer) {
  T* const y = layer.output;
  switch (layer.activation) {
    case OnlineActivation::none: break;
    case OnlineActivation::relu: relu(layer.padded, y, y); break;
    case OnlineActivation::sigmoid: sigmoid(layer.padded, y, y); break;
    case OnlineActivation::tanh: tanh(layer.padded, y, y); break;
  }
  for (std::size_t j = layer.outputs; j < layer.padded; ++j) y[j] = 0;
}

template <class T>
void online_forward(const OnlineNet<T>& net) {
  const OnlineLayer<T>& first = net.layers[0];
  online_sum(first.weights, input_factors(net), first.output);
  const T of_total = net.background * net.scale;
  const T of_shared = mul_add(static_cast<T>(first.inputs), net.background, net.value_sum);
  for (std::size_t j = 0; j < first.padded; ++j) {
    T z = mul_add(net.scale, first.output[j], first.bias ? first.bias[j] : T{0});
    if (net.shared) z = mul_add(of_shared, net.shared[j], mul_add(of_total, net.total[j], z));
    first.output[j] = z;
  }
  online_activate(first);
  for (std::size_t l = 1; l < net.layer_count; ++l) {
    const OnlineLayer<T>& layer = net.layers[l];
    online_sum(layer.weights, {layer.inputs, net.layers[l - 1].output}, layer.output);
    if (layer.bias)
      for (std::size_t j = 0; j < layer.padded; ++j) layer.output[j] += layer.bias[j];
    online_activate(layer);
  }
}

template <class T>
void online_derive(const OnlineLayer<T>& layer) {
  switch (layer.activation) {
    case OnlineActivation::none:
      for (std::size_t j = 0; j < layer.padded; ++j) layer.delta[j] = layer.error[j];
      break;
    case OnlineActivation::relu: relu_gradient(layer.padded, layer.output, layer.error, layer.delta); break;
    case OnlineActivation::sigmoid:
      sigmoid_gradient(layer.padded, layer.output, layer.error, layer.delta);
      break;
    case OnlineActivation::tanh: tanh_gradient(layer.padded, layer.output, layer.error, layer.delta); break;
  }
}

/// The transposed weights of a layer after the first.
template <class T>
OnlineRows<T> transposed_rows(const OnlineNet<T>& net, std::size_t layer) {
  return {.head = net.layers[layer].transposed, .head_columns = net.layers[layer - 1].padded};
}

template <class T>
std::size_t transposed_count(const OnlineLayer<T>& layer) {
  return (layer.outputs + online_chains - 1) / online_chains * online_chains;
}

template <class T>
void online_errors(const OnlineNet<T>& net, const OnlineDescent<T>& descent) {
  for (std::size_t l = net.layer_count; l-- > 0;) {
    const OnlineLayer<T>& layer = net.layers[l];
    online_derive(layer);
    if (l > 0)
      online_sum(transposed_rows(net, l), {transposed_count(layer), descent.raw ? layer.error : layer.delta},
                 net.layers[l - 1].error);
    for (std::size_t j = 0; j < layer.padded; ++j) layer.delta[j] *= -descent.rate;
  }
}

/// weight = keep * weight + factor(i) * step[j].
template <class T>
void online_add(const OnlineRows<T>& rows, const OnlineFactors<T>& factors, T keep, const T* step) {
  for (std::size_t i = 0; i < factors.count; ++i)
    for (std::size_t j = 0; j < rows.head_columns + rows.tail_columns; ++j) {
      T& w = weight(rows, factors.row(i), j);
      w = mul_add(factors.factor(i), step[j], keep * w);
    }
}

template <class T>
void online_update(const OnlineNet<T>& net, const OnlineDescent<T>& descent) {
  for (std::size_t l = 0; l < net.layer_count; ++l) {
    const OnlineLayer<T>& layer = net.layers[l];
    if (layer.bias)
      for (std::size_t j = 0; j < layer.padded; ++j) layer.bias[j] += layer.delta[j];
    if (l == 0) continue;
    const T* const inputs = net.layers[l - 1].output;
    online_add(layer.weights, {layer.inputs, inputs}, descent.keep, layer.delta);
    online_add(transposed_rows(net, l), {transposed_count(layer), layer.delta}, descent.keep, inputs);
  }
  const OnlineLayer<T>& first = net.layers[0];
  T* const step = first.delta;
  for (std::size_t j = 0; j < first.padded; ++j) {
    if (net.shared) net.shared[j] = mul_add(net.background, step[j], descent.keep * net.shared[j]);
    step[j] *= descent.inverse_scale;
    if (net.total) net.total[j] = mul_add(net.value_sum, step[j], net.total[j]);
  }
  online_add(first.weights, input_factors(net), T{1}, step);
}

template <class T>
void online_weights(const OnlineNet<T>& net, T* out) {
  const OnlineLayer<T>& first = net.layers[0];
  for (std::size_t k = 0; k < first.inputs; ++k)
    for (std::size_t j = 0; j < first.outputs; ++j)
      out[k * first.outputs + j] =
          mul_add(net.scale, weight(first.weights, k, j), net.shared ? net.shared[j] : T{0});
}

}  // namespace scrawl::kernels::reference
