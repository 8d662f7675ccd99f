#pragma once

#include "kernels/convolution.h"

#include <cstddef>

/// Convolutions of 3x3 with a stride of 1 by Winograd's F(4x4, 3x3): 4x4 places of the output at a time from
/// 6x6 of the input, by 36 multiplications a channel instead of 144. Lavin and Gray, "Fast Algorithms for
/// Convolutional Neural Networks" (2015), give the matrices. It rounds elsewhere than the convolution that
/// multiplies each tap, with errors four to six times as large (the root of their mean square); a value that
/// is not finite spreads over its 4x4 places.
namespace scrawl::kernels {

constexpr std::size_t winograd_out = 4;
constexpr std::size_t winograd_in = 6;
constexpr std::size_t winograd_products = winograd_in * winograd_in;

/// y = A (sum over the channels of (G w G^T) * (B x B^T)) A^T + bias for each 4x4 places, both products with
/// the column's matrix first; the sum by fused multiply-adds from 0, in order of the channels. For one block.
template <class T>
struct Winograd {
  Window window;  ///< a kernel of 3x3 and a stride of 1
  std::size_t outputs = 0;
  const T* weights = nullptr;  ///< G w G^T, from winograd_weights: winograd_products x channels x outputs
  const T* bias = nullptr;     ///< `outputs` values or null
  const T* x = nullptr;        ///< window.places() x image_lanes
  T* y = nullptr;              ///< outputs x out_height x out_width x image_lanes
  bool relu = false;
  T* scratch = nullptr;  ///< winograd_scratch values
};

/// Places (of 4x4) and outputs that are worked on together, so that all stays in a core's caches.
constexpr std::size_t winograd_places = 3;
constexpr std::size_t winograd_outputs = 8;

/// From the values of one product to those of the next. An odd number of cache lines for most, so that they
/// do not drive one another out of the first-level cache.
constexpr std::size_t winograd_apart(std::size_t channels, std::size_t places) {
  return (channels * places + 1) * image_lanes;
}
constexpr std::size_t winograd_scratch(std::size_t channels) {
  return winograd_products *
         (winograd_apart(channels, winograd_places) + winograd_apart(winograd_outputs, winograd_places));
}

/// Whether it is quicker than multiplying each tap, by measuring: not with few channels, nor where the 4x4
/// places cover much more than the output. REQUIRES nothing, so that layers can ask for any window.
constexpr bool winograd_pays(const Window& w, std::size_t outputs) {
  const auto corners = [](std::size_t places) { return (places + winograd_out - 1) / winograd_out; };
  const bool possible = w.kernel_height == 3 && w.kernel_width == 3 && w.stride == 1 && w.padding <= 2;
  const std::size_t products = winograd_products * corners(w.out_height) * corners(w.out_width);
  return possible && w.channels >= 16 && outputs >= 16 && 8 * products <= 45 * w.out_places();
}

/// The window of the gradient by the input, which is a convolution with the turned weights of
/// ConvolutionInputGradient. REQUIRES a stride of 1 and a padding below the kernel's sides.
constexpr Window turned(const Window& w, std::size_t outputs) {
  Window turned = w;
  turned.channels = outputs;
  turned.height = w.out_height;
  turned.width = w.out_width;
  turned.out_height = w.height;
  turned.out_width = w.width;
  turned.padding = w.kernel_height - 1 - w.padding;
  return turned;
}

}  // namespace scrawl::kernels
