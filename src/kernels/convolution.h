#pragma once

#include "scrawl/arrays.h"

#include <cstddef>
#include <cstdint>

/// What the kernels of convolutional layers work on. Samples lie in lanes: `image_lanes` of them make a
/// block, in which the values of one place lie side by side, so that a vector holds the same place of many
/// samples. That wastes nothing at the edges of pictures, and nothing with few channels. Value p of sample s
/// of a batch with `places` values each is at [(s / image_lanes * places + p) * image_lanes + s %
/// image_lanes]; p counts channels, rows, columns. Lanes without a sample hold numbers of no meaning, but
/// finite where the batch is.
namespace scrawl::kernels {

constexpr std::size_t image_lanes = 16;

/// The blocks that so many samples fill.
constexpr std::size_t image_blocks(std::size_t samples) { return (samples + image_lanes - 1) / image_lanes; }

/// Where a window of kernel_height x kernel_width values goes over `channels` pictures of height x width: to
/// out_height x out_width places, `stride` apart, from `padding` places outside of the picture on. What lies
/// outside counts as 0.
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
  /// The row, or column, of the picture that tap `k` of the window at place `out` lies on; below 0 (as a huge
  /// number) or beyond the picture if it lies outside.
  constexpr std::size_t at(std::size_t out, std::size_t k) const { return out * stride + k - padding; }
};

/// The window of height x width over pictures of shape `input`. REQUIRES that it fits into a picture with its
/// padding.
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

/// y(o, place) = bias(o), then w(tap, o) x(place, tap) added by fused multiply-adds over the taps in order
/// (channel, row, column of the window), without those outside of the picture. For one block.
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

/// The gradient by the input: dx(channel, place) = 0, then w(o, tap, channel) dy(o, window) added by fused
/// multiply-adds over o and, within it, the windows that the place lies below, in order (row, column). For
/// one block.
template <class T>
struct ConvolutionInputGradient {
  Window window;
  std::size_t outputs = 0;
  /// The weights with channels as their columns and the taps in reverse, (outputs x kernel_height x
  /// kernel_width) x channels: row (o, i, j) holds those of tap (kernel_height - 1 - i, kernel_width - 1 -
  /// j).
  const T* weights = nullptr;
  const T* dy = nullptr;  ///< outputs x out_height x out_width x image_lanes
  T* dx = nullptr;        ///< window.places() x image_lanes
};

/// The gradient by the weights, of one block: each lane of dw(tap, o) is x dy summed by fused multiply-adds
/// over the places in order, without those whose tap lies outside; then the lanes are added as a tree: lanes
/// i and i + 8, i and i + 4, i + 2, i + 1. db(o) is the sum of dy(o, place), in the same order.
template <class T>
struct ConvolutionWeightGradient {
  Window window;
  std::size_t outputs = 0;
  const T* x = nullptr;
  const T* dy = nullptr;  ///< lanes without a sample are 0
  T* dw = nullptr;        ///< taps x outputs, overwritten
  T* db = nullptr;        ///< `outputs` values, overwritten; or null
};

/// y(channel, place) = the largest of x below the window, of which none may lie wholly outside; what is
/// outside does not count. Or their sum in order of rows and columns times 1 / (kernel_height *
/// kernel_width), outside counting as 0. For one block.
template <class T>
struct Pooling {
  Window window;
  const T* x = nullptr;  ///< window.places() x image_lanes
  T* y = nullptr;        ///< channels x out_height x out_width x image_lanes
};

/// The gradient of it by x: from 0, dy of each window in order is added to the first of its largest values,
/// or dy times 1 / (kernel_height * kernel_width) to all. For one block.
template <class T>
struct PoolingGradient {
  Window window;
  const T* x = nullptr;  ///< may be null for the mean without `relu`
  const T* y = nullptr;  ///< not used for the mean
  const T* dy = nullptr;
  T* dx = nullptr;
  bool relu = false;  ///< x is what a ReLU gave, and dx is taken through it: 0 where x is not above 0
};

}  // namespace scrawl::kernels
