#pragma once

#include "kernels/convolution_one.h"

#include <cmath>

namespace scrawl::kernels::reference {

template <class T>
T convolution_one_place(const ConvolutionOne<T>& c, std::size_t o, std::size_t oy, std::size_t ox) {
  const Window& w = c.window;
  T sum = c.bias[o];
  const T* weight = c.weights + o;
  for (std::size_t channel = 0; channel < w.channels; ++channel)
    for (std::size_t i = 0; i < w.kernel_height; ++i)
      for (std::size_t j = 0; j < w.kernel_width; ++j, weight += padded_outputs(c.outputs)) {
        const std::size_t y = w.at(oy, i);
        const std::size_t x = w.at(ox, j);
        const bool inside = y < w.height && x < w.width;
        sum = std::fma(*weight, inside ? c.x[(channel * w.height + y) * w.width + x] : T{0}, sum);
      }
  return sum;
}

template <class T>
void convolution_one(const ConvolutionOne<T>& c) {
  const std::size_t step = c.pool ? 2 : 1;
  T* y = c.y;
  for (std::size_t o = 0; o < c.outputs; ++o)
    for (std::size_t oy = 0; oy + step <= c.window.out_height; oy += step)
      for (std::size_t ox = 0; ox + step <= c.window.out_width; ox += step) {
        T largest = convolution_one_place(c, o, oy, ox);
        for (std::size_t i = 0; i < step; ++i)
          for (std::size_t j = 0; j < step; ++j) {
            const T value = convolution_one_place(c, o, oy + i, ox + j);
            if (value > largest) largest = value;
          }
        *y++ = c.relu && T{0} > largest ? T{0} : largest;
      }
}

}  // namespace scrawl::kernels::reference
