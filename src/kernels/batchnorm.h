#pragma once

#include <cstddef>

/// What the kernels of batch normalisation work on: one block of samples in lanes (convolution.h), as
/// `channels` of `places` vectors of image_lanes values. A plain vector's values are channels of one place.
namespace scrawl::kernels {

/// Two sums over the places and samples of each channel. Value `place` of a lane belongs to chain `place` mod
/// 4 of that lane; the chains are added as (0 + 1) + (2 + 3), lanes without a sample become 0, and the lanes
/// are added as a tree: i and i + 8, i and i + 4, i + 2, i + 1.
template <class T>
struct ChannelSums {
  std::size_t channels = 0;
  std::size_t places = 0;
  std::size_t samples = 0;  ///< from 1 to image_lanes
  const T* x = nullptr;
  const T* dy = nullptr;    ///< of channel_gradient_sums
  const T* mean = nullptr;  ///< of channel_gradient_sums: that of the batch
  /// channel_moments: the mean of x. channel_gradient_sums: the sum of dy.
  T* first = nullptr;
  /// channel_moments: the sum of (x - this mean)^2, by fused multiply-adds. channel_gradient_sums: the sum of
  /// dy (x - mean), by fused multiply-adds.
  T* second = nullptr;
};

/// channel_map: y = factor (x - mean) + offset, fused; with `relu`, at least 0. channel_map_gradient: y =
/// dy_factor dy + (factor (x - mean) + offset), both fused. Lanes without a sample become 0. y may be x or
/// dy.
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
