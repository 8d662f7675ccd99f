#pragma once

#include "kernels/convolution.h"
#include "kernels/dropout.h"

namespace scrawl::kernels::reference {

inline bool is_dropped(const RandomKey& key, std::uint32_t first, std::uint32_t threshold, std::size_t v) {
  const auto counter = first + static_cast<std::uint32_t>(v / dropout_group * dropout_lanes_of_group +
                                                          v % dropout_lanes_of_group);
  const auto words =
      philox4x32({counter, key.sample, key.step, static_cast<std::uint32_t>(key.purpose)},
                 {static_cast<std::uint32_t>(key.seed), static_cast<std::uint32_t>(key.seed >> 32)});
  const std::size_t half = v / dropout_lanes_of_group % 8;
  return (words[half / 2] >> (16 * (half % 2)) & 0xffff) < threshold;
}

template <class T>
void dropout_row(const Dropout<T>& d) {
  for (std::size_t v = 0; v < d.values; ++v)
    d.y[v] = is_dropped(d.key, d.first, d.threshold, v) ? T{0} : d.x[v] * d.scale;
}

template <class T>
void dropout_lanes(const Dropout<T>& d) {
  for (std::size_t lane = 0; lane < image_lanes; ++lane) {
    const auto first = d.first + static_cast<std::uint32_t>(lane) * dropout_counters(d.values);
    for (std::size_t v = 0; v < d.values; ++v) {
      const std::size_t at = v * image_lanes + lane;
      d.y[at] = is_dropped(d.key, first, d.threshold, v) ? T{0} : d.x[at] * d.scale;
    }
  }
}

}  // namespace scrawl::kernels::reference
