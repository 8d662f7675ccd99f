#pragma once

#include "kernels/elementary.h"
#include "kernels/kernels.h"

#include <cstddef>

namespace scrawl::kernels::reference {

template <class T>
T pixel(const PixelBatch<T>& x, std::size_t r, std::size_t p) {
  return x.value_of_byte[x.bytes[p * x.byte_stride + r]];
}

template <class T>
void pixel_gemm(const PixelGemm<T>& g) {
  for (std::size_t r = 0; r < g.x.images; ++r) {
    T* c = g.c + r * g.c_stride;
    for (std::size_t n = 0; n < g.columns; ++n) c[n] = g.bias ? g.bias[n] : T{0};
    for (std::size_t p = 0; p < g.x.pixels; ++p) {
      const T x = pixel(g.x, r, p);
      const T* b = g.b + p * g.b_stride;
      for (std::size_t n = 0; x != T{0} && n < g.columns; ++n) c[n] = mul_add(x, b[n], c[n]);
    }
  }
}

template <class T>
void pixel_gradient(const PixelGradient<T>& g) {
  for (std::size_t p = 0; p < g.x.pixels; ++p) {
    T* c = g.c + p * g.c_stride;
    for (std::size_t n = 0; n < g.columns; ++n) {
      T gradient = 0;
      for (std::size_t r = 0; r < g.x.images; ++r) {
        const T x = pixel(g.x, r, p);
        if (x != T{0}) gradient = mul_add(x, g.b[r * g.b_stride + n], gradient);
      }
      c[n] = g.descent ? mul_add(-g.descent->learning_rate, mul_add(g.descent->l2, c[n], gradient), c[n])
                       : gradient;
    }
  }
}

}  // namespace scrawl::kernels::reference
