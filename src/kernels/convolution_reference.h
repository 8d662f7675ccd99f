#pragma once

#include "kernels/convolution.h"

#include <cmath>

namespace scrawl::kernels::reference {

template <class T>
void convolution(const Convolution<T>& c) {
  const Window& w = c.window;
  for (std::size_t o = 0; o < c.outputs; ++o)
    for (std::size_t oy = 0; oy < w.out_height; ++oy)
      for (std::size_t ox = 0; ox < w.out_width; ++ox)
        for (std::size_t lane = 0; lane < image_lanes; ++lane) {
          T sum = c.bias ? c.bias[o] : T{0};
          const T* weight = c.weights + o;
          for (std::size_t channel = 0; channel < w.channels; ++channel)
            for (std::size_t i = 0; i < w.kernel_height; ++i)
              for (std::size_t j = 0; j < w.kernel_width; ++j, weight += c.outputs) {
                const std::size_t y = w.at(oy, i);
                const std::size_t x = w.at(ox, j);
                if (y >= w.height || x >= w.width) continue;
                sum = std::fma(*weight, c.x[((channel * w.height + y) * w.width + x) * image_lanes + lane],
                               sum);
              }
          if (c.relu) sum = T{0} > sum ? T{0} : sum;  // like the activation
          c.y[((o * w.out_height + oy) * w.out_width + ox) * image_lanes + lane] = sum;
        }
}

template <class T>
void convolution_input_gradient(const ConvolutionInputGradient<T>& c) {
  const Window& w = c.window;
  for (std::size_t channel = 0; channel < w.channels; ++channel)
    for (std::size_t y = 0; y < w.height; ++y)
      for (std::size_t x = 0; x < w.width; ++x)
        for (std::size_t lane = 0; lane < image_lanes; ++lane) {
          T sum = 0;
          for (std::size_t o = 0; o < c.outputs; ++o)
            for (std::size_t oy = 0; oy < w.out_height; ++oy)
              for (std::size_t ox = 0; ox < w.out_width; ++ox) {
                const std::size_t i = y + w.padding - oy * w.stride;
                const std::size_t j = x + w.padding - ox * w.stride;
                if (i >= w.kernel_height || j >= w.kernel_width) continue;
                const std::size_t row =
                    (o * w.kernel_height + w.kernel_height - 1 - i) * w.kernel_width + w.kernel_width - 1 - j;
                sum = std::fma(c.weights[row * w.channels + channel],
                               c.dy[((o * w.out_height + oy) * w.out_width + ox) * image_lanes + lane], sum);
              }
          c.dx[((channel * w.height + y) * w.width + x) * image_lanes + lane] = sum;
        }
}

template <class T>
T sum_of_lanes(T (&lanes)[image_lanes]) {
  for (std::size_t half = image_lanes / 2; half > 0; half /= 2)
    for (std::size_t lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  return lanes[0];
}

template <class T>
void convolution_weight_gradient(const ConvolutionWeightGradient<T>& c) {
  const Window& w = c.window;
  const std::size_t places = w.out_places();
  for (std::size_t o = 0; o < c.outputs; ++o) {
    const T* const dy = c.dy + o * places * image_lanes;
    T* dw = c.dw + o;
    for (std::size_t channel = 0; channel < w.channels; ++channel)
      for (std::size_t i = 0; i < w.kernel_height; ++i)
        for (std::size_t j = 0; j < w.kernel_width; ++j, dw += c.outputs) {
          T sum[image_lanes] = {};
          for (std::size_t oy = 0; oy < w.out_height; ++oy)
            for (std::size_t ox = 0; ox < w.out_width; ++ox) {
              const std::size_t y = w.at(oy, i);
              const std::size_t x = w.at(ox, j);
              if (y >= w.height || x >= w.width) continue;
              for (std::size_t lane = 0; lane < image_lanes; ++lane)
                sum[lane] = std::fma(c.x[((channel * w.height + y) * w.width + x) * image_lanes + lane],
                                     dy[(oy * w.out_width + ox) * image_lanes + lane], sum[lane]);
            }
          *dw = sum_of_lanes(sum);
        }
    if (c.db == nullptr) continue;
    T sum[image_lanes] = {};
    for (std::size_t place = 0; place < places; ++place)
      for (std::size_t lane = 0; lane < image_lanes; ++lane) sum[lane] += dy[place * image_lanes + lane];
    c.db[o] = sum_of_lanes(sum);
  }
}

}  // namespace scrawl::kernels::reference
