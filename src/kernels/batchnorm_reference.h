#pragma once

#include "kernels/batchnorm.h"
#include "kernels/convolution_reference.h"

#include <cmath>

namespace scrawl::kernels::reference {

/// Sums over the places and samples of a channel: add(sum, i) adds value `i` of the channel to `sum`.
template <class T, class Add>
T sum_of_channel(std::size_t places, std::size_t samples, const Add& add) {
  T lanes[image_lanes] = {};
  for (std::size_t lane = 0; lane < samples; ++lane) {
    T chains[4] = {};
    for (std::size_t place = 0; place < places; ++place)
      chains[place % 4] = add(chains[place % 4], place * image_lanes + lane);
    lanes[lane] = (chains[0] + chains[1]) + (chains[2] + chains[3]);
  }
  return sum_of_lanes(lanes);
}

template <class T>
void channel_moments(const ChannelSums<T>& c) {
  const auto count = static_cast<T>(c.places * c.samples);
  for (std::size_t channel = 0; channel < c.channels; ++channel) {
    const T* const x = c.x + channel * c.places * image_lanes;
    const T mean =
        sum_of_channel<T>(c.places, c.samples, [&](T sum, std::size_t i) { return sum + x[i]; }) / count;
    c.first[channel] = mean;
    c.second[channel] = sum_of_channel<T>(
        c.places, c.samples, [&](T sum, std::size_t i) { return std::fma(x[i] - mean, x[i] - mean, sum); });
  }
}

template <class T>
void channel_gradient_sums(const ChannelSums<T>& c) {
  for (std::size_t channel = 0; channel < c.channels; ++channel) {
    const T* const x = c.x + channel * c.places * image_lanes;
    const T* const dy = c.dy + channel * c.places * image_lanes;
    const T mean = c.mean[channel];
    c.first[channel] =
        sum_of_channel<T>(c.places, c.samples, [&](T sum, std::size_t i) { return sum + dy[i]; });
    c.second[channel] = sum_of_channel<T>(
        c.places, c.samples, [&](T sum, std::size_t i) { return std::fma(dy[i], x[i] - mean, sum); });
  }
}

template <class T, class F>
void map_channels(const ChannelMap<T>& c, const F& f) {
  for (std::size_t channel = 0; channel < c.channels; ++channel)
    for (std::size_t place = 0; place < c.places; ++place)
      for (std::size_t lane = 0; lane < image_lanes; ++lane) {
        const std::size_t i = (channel * c.places + place) * image_lanes + lane;
        c.y[i] = lane < c.samples ? f(i, channel) : T{0};
      }
}

template <class T>
void channel_map(const ChannelMap<T>& c) {
  map_channels(c, [&](std::size_t i, std::size_t channel) {
    const T y = std::fma(c.factor[channel], c.x[i] - c.mean[channel], c.offset[channel]);
    return c.relu && T{0} > y ? T{0} : y;
  });
}

template <class T>
void channel_map_gradient(const ChannelMap<T>& c) {
  map_channels(c, [&](std::size_t i, std::size_t channel) {
    return std::fma(c.dy_factor[channel], c.dy[i],
                    std::fma(c.factor[channel], c.x[i] - c.mean[channel], c.offset[channel]));
  });
}

}  // namespace scrawl::kernels::reference
