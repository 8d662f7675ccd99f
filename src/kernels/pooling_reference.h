#pragma once

#include "kernels/convolution.h"

#include <cstddef>
#include <limits>

namespace scrawl::kernels::reference {

template <class Visit>
void for_each_tap(const Window& w, const Visit& visit) {
  for (std::size_t channel = 0; channel < w.channels; ++channel)
    for (std::size_t oy = 0; oy < w.out_height; ++oy)
      for (std::size_t ox = 0; ox < w.out_width; ++ox)
        for (std::size_t i = 0; i < w.kernel_height; ++i)
          for (std::size_t j = 0; j < w.kernel_width; ++j) {
            const std::size_t y = w.at(oy, i);
            const std::size_t x = w.at(ox, j);
            if (y >= w.height || x >= w.width) continue;
            visit(((channel * w.height + y) * w.width + x) * image_lanes,
                  ((channel * w.out_height + oy) * w.out_width + ox) * image_lanes);
          }
}

template <class T>
void max_pool(const Pooling<T>& p) {
  const Window& w = p.window;
  const T lowest = -std::numeric_limits<T>::infinity();
  for (std::size_t i = 0; i < w.channels * w.out_places() * image_lanes; ++i) p.y[i] = lowest;
  for_each_tap(w, [&](std::size_t from, std::size_t to) {
    for (std::size_t lane = 0; lane < image_lanes; ++lane)
      if (p.x[from + lane] > p.y[to + lane]) p.y[to + lane] = p.x[from + lane];
  });
}

template <class T>
void max_pool_gradient(const PoolingGradient<T>& p) {
  const Window& w = p.window;
  for (std::size_t i = 0; i < w.places() * image_lanes; ++i) p.dx[i] = 0;
  bool found[image_lanes];
  std::size_t window = ~std::size_t{0};
  for_each_tap(w, [&](std::size_t from, std::size_t to) {
    for (std::size_t lane = 0; lane < image_lanes; ++lane) {
      if (to != window) found[lane] = false;
      if (found[lane] || p.x[from + lane] != p.y[to + lane]) continue;
      found[lane] = true;
      if (p.relu && !(p.x[from + lane] > T{0})) continue;
      p.dx[from + lane] += p.dy[to + lane];
    }
    window = to;
  });
}

template <class T>
void mean_pool(const Pooling<T>& p) {
  const Window& w = p.window;
  const T factor = T{1} / static_cast<T>(w.kernel_height * w.kernel_width);
  const std::size_t count = w.channels * w.out_places() * image_lanes;
  for (std::size_t i = 0; i < count; ++i) p.y[i] = 0;
  for_each_tap(w, [&](std::size_t from, std::size_t to) {
    for (std::size_t lane = 0; lane < image_lanes; ++lane) p.y[to + lane] += p.x[from + lane];
  });
  for (std::size_t i = 0; i < count; ++i) p.y[i] *= factor;
}

template <class T>
void mean_pool_gradient(const PoolingGradient<T>& p) {
  const Window& w = p.window;
  const T factor = T{1} / static_cast<T>(w.kernel_height * w.kernel_width);
  for (std::size_t i = 0; i < w.places() * image_lanes; ++i) p.dx[i] = 0;
  for_each_tap(w, [&](std::size_t from, std::size_t to) {
    for (std::size_t lane = 0; lane < image_lanes; ++lane) {
      if (p.relu && !(p.x[from + lane] > T{0})) continue;
      p.dx[from + lane] += p.dy[to + lane] * factor;
    }
  });
}

}  // namespace scrawl::kernels::reference
