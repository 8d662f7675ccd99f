#pragma once

#include "kernels/elementary.h"
#include "kernels/kernels.h"

#include <cstddef>

/// The comparisons are written so that NaN stays NaN, exactly as the vector instructions do it.
namespace scrawl::kernels::reference {

template <class T>
void relu(std::size_t n, const T* x, T* y) {
  for (std::size_t i = 0; i < n; ++i) y[i] = T{0} > x[i] ? T{0} : x[i];
}

template <class T>
void relu_gradient(std::size_t n, const T* y, const T* dy, T* dx) {
  for (std::size_t i = 0; i < n; ++i) dx[i] = y[i] > T{0} ? dy[i] : T{0};
}

template <class T>
void sigmoid(std::size_t n, const T* x, T* y) {
  for (std::size_t i = 0; i < n; ++i) y[i] = kernels::sigmoid(x[i]);
}

template <class T>
void sigmoid_gradient(std::size_t n, const T* y, const T* dy, T* dx) {
  for (std::size_t i = 0; i < n; ++i) dx[i] = dy[i] * (y[i] * (T{1} - y[i]));
}

template <class T>
void tanh(std::size_t n, const T* x, T* y) {
  for (std::size_t i = 0; i < n; ++i) y[i] = kernels::tanh(x[i]);
}

template <class T>
void tanh_gradient(std::size_t n, const T* y, const T* dy, T* dx) {
  for (std::size_t i = 0; i < n; ++i) dx[i] = dy[i] * mul_add(-y[i], y[i], T{1});
}

template <class T>
void leaky_relu(std::size_t n, T slope, const T* x, T* y) {
  for (std::size_t i = 0; i < n; ++i) y[i] = x[i] > T{0} ? x[i] : slope * x[i];
}

template <class T>
void leaky_relu_gradient(std::size_t n, T slope, const T* y, const T* dy, T* dx) {
  for (std::size_t i = 0; i < n; ++i) dx[i] = y[i] > T{0} ? dy[i] : slope * dy[i];
}

template <class T>
void silu(std::size_t n, const T* x, T* y) {
  for (std::size_t i = 0; i < n; ++i) y[i] = x[i] * kernels::sigmoid(x[i]);
}

template <class T>
void silu_gradient(std::size_t n, const T* x, const T* dy, T* dx) {
  for (std::size_t i = 0; i < n; ++i) {
    const T s = kernels::sigmoid(x[i]);
    dx[i] = dy[i] * (s * mul_add(x[i], T{1} - s, T{1}));
  }
}

template <class T>
T softmax_cross_entropy(std::size_t n, const T* x, std::size_t label, T rows, T log_epsilon, T* y) {
  T largest = x[0];
  for (std::size_t i = 1; i < n; ++i) largest = x[i] > largest ? x[i] : largest;
  const T of_label = label < n ? x[label] - largest : T{0};
  T sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += y[i] = kernels::exp(x[i] - largest);
  for (std::size_t i = 0; i < n; ++i) y[i] = y[i] / sum / rows - (i == label ? 1 / rows : T{0});
  if (label == n) return 0;
  // Without an epsilon, -ln softmax is ln of the sum - (x - largest), which cannot overflow.
  return log_epsilon > 0 ? -kernels::log(kernels::exp(of_label) / sum + log_epsilon)
                         : kernels::log(sum) - of_label;
}

}  // namespace scrawl::kernels::reference
