#include "kernels/pooling_one.h"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace scrawl::kernels {
namespace {

/// The places along one side whose tap `k` is inside the picture: [first, end).
struct Inside {
  std::size_t first = 0;
  std::size_t end = 0;
};
Inside inside(const Window& w, std::size_t size, std::size_t places, std::size_t k) {
  const std::size_t first = k < w.padding ? (w.padding - k + w.stride - 1) / w.stride : 0;
  const std::size_t end = size + w.padding > k ? (size + w.padding - k + w.stride - 1) / w.stride : 0;
  return {std::min(first, places), std::clamp(end, std::min(first, places), places)};
}

template <class Add>
void for_each_tap(const Window& w, const float* x, float* y, const Add& add) {
  for (std::size_t channel = 0; channel < w.channels; ++channel, x += w.height * w.width)
    for (std::size_t row = 0; row < w.out_height; ++row, y += w.out_width)
      for (std::size_t i = 0; i < w.kernel_height; ++i) {
        if (w.at(row, i) >= w.height) continue;
        const float* const from = x + w.at(row, i) * w.width;
        for (std::size_t j = 0; j < w.kernel_width; ++j) {
          const auto [first, end] = inside(w, w.width, w.out_width, j);
          for (std::size_t column = first; column < end; ++column) add(from[w.at(column, j)], y[column]);
        }
      }
}

}  // namespace

void max_pool_one(const Window& window, const float* x, float* y) {
  std::fill_n(y, window.channels * window.out_places(), -std::numeric_limits<float>::infinity());
  for_each_tap(window, x, y,
               [](float value, float& largest) { largest = value > largest ? value : largest; });
}

void mean_pool_one(const Window& window, const float* x, float* y) {
  const std::size_t count = window.channels * window.out_places();
  const float factor = 1.0F / static_cast<float>(window.kernel_height * window.kernel_width);
  std::fill_n(y, count, 0.0F);
  for_each_tap(window, x, y, [](float value, float& sum) { sum += value; });
  for (std::size_t i = 0; i < count; ++i) y[i] *= factor;
}

void scale_channels(std::size_t channels, std::size_t values, const float* factors, const float* offsets,
                    bool relu, float* x) {
  const float least = relu ? 0.0F : -std::numeric_limits<float>::infinity();
  for (std::size_t c = 0; c < channels; ++c, x += values)
    for (std::size_t i = 0; i < values; ++i) x[i] = std::max(x[i] * factors[c] + offsets[c], least);
}

}  // namespace scrawl::kernels
