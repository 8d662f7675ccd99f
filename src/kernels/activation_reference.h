#pragma once

#include "kernels/elementary.h"

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
void exp(std::size_t n, const T* x, T* y) {
  for (std::size_t i = 0; i < n; ++i) y[i] = kernels::exp(x[i]);
}

}  // namespace scrawl::kernels::reference
