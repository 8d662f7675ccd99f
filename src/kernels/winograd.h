#pragma once

#include "kernels/convolution.h"

#include <cstddef>

/// 3x3 convolutions with a stride of 1 by Winograd's F(4x4, 3x3): 4x4 places of the output at a time from 6x6
/// of the input, by 36 multiplications per channel instead of 144 (matrices: Lavin and Gray, "Fast Algorithms
/// for Convolutional Neural Networks", 2015). Root-mean-square rounding errors are four to six times those of
/// multiplying each tap, and a non-finite value spreads over its 4x4 places.
namespace scrawl::kernels {

constexpr std::size_t winograd_out = 4;
constexpr std::size_t winograd_in = 6;
constexpr std::size_t winograd_products = winograd_in * winograd_in;

/// One block: y = A (sum over channels of (G w G^T) * (B x B^T)) A^T + bias for each 4x4 places; products
/// start with the column's matrix, the sum by fused multiply-adds from 0, in order of channels.
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

/// Places (of 4x4) and outputs per step, so that all data stay in a core's caches.
constexpr std::size_t winograd_places = 3;
constexpr std::size_t winograd_outputs = 8;

/// The stride between products, usually an odd number of cache lines to avoid cache conflicts.
constexpr std::size_t winograd_apart(std::size_t channels, std::size_t places) {
  return (channels * places + 1) * image_lanes;
}
constexpr std::size_t winograd_scratch(std::size_t channels) {
  return winograd_products *
         (winograd_apart(channels, winograd_places) + winograd_apart(winograd_outputs, winograd_places));
}

/// Whether it is faster than multiplying each tap, as measured. Any window is allowed.
constexpr bool winograd_pays(const Window& w, std::size_t outputs) {
  const auto corners = [](std::size_t places) { return (places + winograd_out - 1) / winograd_out; };
  const bool possible = w.kernel_height == 3 && w.kernel_width == 3 && w.stride == 1 && w.padding <= 2;
  const std::size_t products = winograd_products * corners(w.out_height) * corners(w.out_width);
  return possible && w.channels >= 16 && outputs >= 16 && 8 * products <= 45 * w.out_places();
}

/// The window of the input gradient, a convolution with the weights of ConvolutionInputGradient. REQUIRES a
/// stride of 1 and a padding below the kernel's size.
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
