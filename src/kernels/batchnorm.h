#pragma once

#include <cstddef>

/// Arguments of batch normalisation. Data are one block of samples in lanes (convolution.h), as `channels` of
/// `places` vectors of image_lanes values; each value of a plain vector is a channel of one place.
namespace scrawl::kernels {

/// Two sums per channel. In each lane, place p belongs to chain p mod 4, and the lane's sum is
/// (0 + 1) + (2 + 3), or 0 if it is unused. Lanes are added as a tree: i and i + 8, i + 4, i + 2, i + 1.
template <class T>
struct ChannelSums {
  std::size_t channels = 0;
  std::size_t places = 0;
  std::size_t samples = 0;  ///< from 1 to image_lanes
  const T* x = nullptr;
  const T* dy = nullptr;    ///< of channel_gradient_sums
  const T* mean = nullptr;  ///< of channel_gradient_sums: the batch's mean
  T* first = nullptr;       ///< channel_moments: the mean of x; channel_gradient_sums: the sum of dy
  /// The sum of (x - mean of x)^2, or of dy (x - mean), by fused multiply-adds.
  T* second = nullptr;
};

/// channel_map: y = factor (x - mean) + offset, fused; with `relu`, at least 0. channel_map_gradient: y =
/// dy_factor dy + (factor (x - mean) + offset), both fused. Unused lanes become 0. y may be x or dy.
template <class T>
struct ChannelMap {
  std::size_t channels = 0;
  std::size_t places = 0;
  std::size_t samples = 0;  ///< from 1 to image_lanes
  const T* x = nullptr;
  const T* dy = nullptr;  ///< of channel_map_gradient
  const T* mean = nullptr;
  const T* factor = nullptr;
  const T* dy_factor = nullptr;  ///< of channel_map_gradient
  const T* offset = nullptr;
  T* y = nullptr;
  bool relu = false;  ///< of channel_map
};

}  // namespace scrawl::kernels
