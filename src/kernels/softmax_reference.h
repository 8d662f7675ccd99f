#pragma once

#include "kernels/elementary.h"

#include <cstddef>

namespace scrawl::kernels::reference {

template <class T>
void short_softmax(std::size_t n, const T* x, T* y) {
  T most = x[0];
  for (std::size_t i = 1; i < n; ++i) most = x[i] > most ? x[i] : most;
  T sums[16] = {};
  for (std::size_t i = 0; i < n; ++i) sums[i] = y[i] = kernels::exp(x[i] - most);
  for (std::size_t width = 8; width > 0; width /= 2)
    for (std::size_t i = 0; i < width; ++i) sums[i] += sums[i + width];
  for (std::size_t i = 0; i < n; ++i) y[i] /= sums[0];
}

}  // namespace scrawl::kernels::reference
