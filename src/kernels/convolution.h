#pragma once

#include "scrawl/arrays.h"

#include <cstddef>
#include <cstdint>

/// Arguments of convolutional layers. A block holds `image_lanes` samples side by side, so that a vector
/// holds the same place of many samples; this wastes nothing at the edges of pictures or with few channels.
/// Value p (over channels, rows, columns) of sample s, of `places` values, is at [(s / image_lanes * places +
/// p) * image_lanes + s % image_lanes]. Unused lanes hold arbitrary numbers, finite if the batch is.
namespace scrawl::kernels {

constexpr std::size_t image_lanes = 16;

/// The number of blocks for so many samples.
constexpr std::size_t image_blocks(std::size_t samples) { return (samples + image_lanes - 1) / image_lanes; }

/// A window of kernel_height x kernel_width that moves over `channels` pictures of height x width: out_height
/// x out_width places, `stride` apart, starting `padding` outside the picture, where values count as 0.
struct Window {
  std::size_t channels = 0;
  std::size_t height = 0;
  std::size_t width = 0;
  std::size_t kernel_height = 0;
  std::size_t kernel_width = 0;
  std::size_t stride = 1;
  std::size_t padding = 0;
  std::size_t out_height = 0;
  std::size_t out_width = 0;

  /// Values below a window.
  constexpr std::size_t taps() const { return channels * kernel_height * kernel_width; }
  constexpr std::size_t places() const { return channels * height * width; }
  constexpr std::size_t out_places() const { return out_height * out_width; }
  /// The row (or column) below tap `k` of the window at `out`; wraps around or is too large outside.
  constexpr std::size_t at(std::size_t out, std::size_t k) const { return out * stride + k - padding; }
};

/// REQUIRES that the window fits into a picture of shape `input` with its padding.
constexpr Window window_over(const Shape& input, std::size_t height, std::size_t width, std::size_t stride,
                             std::size_t padding) {
  return {.channels = input.channels,
          .height = input.height,
          .width = input.width,
          .kernel_height = height,
          .kernel_width = width,
          .stride = stride,
          .padding = padding,
          .out_height = (input.height + 2 * padding - height) / stride + 1,
          .out_width = (input.width + 2 * padding - width) / stride + 1};
}

/// One block: y(o, place) starts as bias(o); w(tap, o) x(place, tap) is added by fused multiply-adds over the
/// taps in order (channel, row, column of the window), skipping those outside the picture.
template <class T>
struct Convolution {
  Window window;
  std::size_t outputs = 0;     ///< channels of y
  const T* weights = nullptr;  ///< taps x outputs, without gaps
  const T* bias = nullptr;     ///< `outputs` values or null
  const T* x = nullptr;        ///< window.places() x image_lanes
  T* y = nullptr;              ///< outputs x out_height x out_width x image_lanes
  bool relu = false;           ///< y = max(0, ...)
};

/// The input gradient of one block: dx(channel, place) starts at 0; w(o, tap, channel) dy(o, window) is added
/// by fused multiply-adds over o and, within o, the windows over the place by (row, column).
template <class T>
struct ConvolutionInputGradient {
  Window window;
  std::size_t outputs = 0;
  /// Weights with reversed taps and channels as columns, (outputs x kernel_height x kernel_width) x channels:
  /// row (o, i, j) holds those of tap (kernel_height - 1 - i, kernel_width - 1 - j).
  const T* weights = nullptr;
  const T* dy = nullptr;  ///< outputs x out_height x out_width x image_lanes
  T* dx = nullptr;        ///< window.places() x image_lanes
};

/// The gradient with respect to the weights, for one block: each lane of dw(tap, o) sums x dy by fused
/// multiply-adds over the places in order, skipping those whose tap is outside; then the lanes are added as a
/// tree: i and i + 8, i and i + 4, i + 2, i + 1. db(o) sums dy(o, place) in the same order.
template <class T>
struct ConvolutionWeightGradient {
  Window window;
  std::size_t outputs = 0;
  const T* x = nullptr;
  const T* dy = nullptr;  ///< 0 in unused lanes
  T* dw = nullptr;        ///< taps x outputs, overwritten
  T* db = nullptr;        ///< `outputs` values, overwritten; or null
};

/// One block: y(channel, place) is the largest x below the window, which must overlap the picture; or the
/// mean: the sum by rows and columns times 1 / (kernel_height * kernel_width), outside counting as 0.
template <class T>
struct Pooling {
  Window window;
  const T* x = nullptr;  ///< window.places() x image_lanes
  T* y = nullptr;        ///< channels x out_height x out_width x image_lanes
};

/// One block: dx starts at 0; dy of each window in order is added to the first of its largest values, or dy
/// times 1 / (kernel_height * kernel_width) to all values.
template <class T>
struct PoolingGradient {
  Window window;
  const T* x = nullptr;  ///< may be null for the mean without `relu`
  const T* y = nullptr;  ///< not used for the mean
  const T* dy = nullptr;
  T* dx = nullptr;
  bool relu = false;  ///< x is the output of a ReLU, and dx is taken through it: 0 unless x > 0
};

}  // namespace scrawl::kernels
