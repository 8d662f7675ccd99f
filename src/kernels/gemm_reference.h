#pragma once

#include "kernels/elementary.h"
#include "kernels/kernels.h"

#include <cstddef>

namespace scrawl::kernels::reference {

template <class T>
void gemm(const Gemm<T>& g) {
  const std::size_t b_depth_stride = g.b_transposed ? 1 : g.b_stride;
  const std::size_t b_column_stride = g.b_transposed ? g.b_stride : 1;
  for (std::size_t m = 0; m < g.rows; ++m) {
    T* c = g.c + m * g.c_stride;
    for (std::size_t n = 0; g.descent && n < g.columns; ++n) {
      T gradient = 0;
      for (std::size_t k = 0; k < g.depth; ++k)
        gradient = mul_add(g.a[m * g.a_row_stride + k * g.a_depth_stride],
                           g.b[k * b_depth_stride + n * b_column_stride], gradient);
      c[n] = mul_add(-g.descent->learning_rate, mul_add(g.descent->l2, c[n], gradient), c[n]);
    }
    if (g.descent) continue;
    for (std::size_t n = 0; n < g.columns; ++n) c[n] = g.bias ? g.bias[n] : T{0};
    for (std::size_t k = 0; k < g.depth; ++k) {
      const T a = g.a[m * g.a_row_stride + k * g.a_depth_stride];
      const T* b = g.b + k * b_depth_stride;
      for (std::size_t n = 0; n < g.columns; ++n) c[n] = mul_add(a, b[n * b_column_stride], c[n]);
    }
  }
}

template <class T>
void sparse_gemm(const Gemm<T>& g) {
  for (std::size_t m = 0; m < g.rows; ++m) {
    T* c = g.c + m * g.c_stride;
    for (std::size_t n = 0; n < g.columns; ++n) c[n] = g.bias ? g.bias[n] : T{0};
    for (std::size_t k = 0; k < g.depth; ++k) {
      const T a = g.a[m * g.a_row_stride + k];
      const T* b = g.b + k * g.b_stride;
      for (std::size_t n = 0; a != T{0} && n < g.columns; ++n) c[n] = mul_add(a, b[n], c[n]);
    }
  }
}

template <class T>
void column_sums(std::size_t rows, std::size_t columns, const T* in, std::size_t stride, T* out) {
  for (std::size_t c = 0; c < columns; ++c) out[c] = T{0};
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) out[c] += in[r * stride + c];
}

}  // namespace scrawl::kernels::reference
