#pragma once

#include "base/rounding.h"
#include "kernels/convolution.h"

#include <cstddef>

/// Convolution of a single image: vectors hold output channels or columns, whichever wastes less.
namespace scrawl::kernels {

/// The number of output channels in the weights, with padding.
constexpr std::size_t padded_outputs(std::size_t outputs) { return rounded_up(outputs, 16); }

/// The sums of Convolution, except that taps outside the picture count as 0 (which may change the sign of a
/// zero). With `pool`, y is the maximum of each 2x2 block of sums (the first, or a later one that is larger),
/// ignoring a last odd row or column. Then, with `relu`, max(0, ...).
template <class T>
struct ConvolutionOne {
  Window window;
  std::size_t outputs = 0;
  const T* weights = nullptr;  ///< taps x padded_outputs(outputs); columns after `outputs` are 0
  const T* bias = nullptr;     ///< padded_outputs(outputs) values
  const T* x = nullptr;        ///< channels x height x width
  T* y = nullptr;              ///< outputs x out_height x out_width, or half of both rounded down
  bool relu = false;
  bool pool = false;
  T* scratch = nullptr;  ///< convolution_one_scratch values
};

constexpr std::size_t one_slack = 64;  ///< after the picture in `scratch`, for reading whole vectors

constexpr std::size_t padded_places(const Window& w) {
  return w.channels * (w.height + 2 * w.padding) * (w.width + 2 * w.padding);
}

/// For the padded picture and a result with the outputs of each place side by side, with a place more because
/// columns are computed in pairs.
constexpr std::size_t convolution_one_scratch(const Window& w, std::size_t outputs) {
  return padded_outputs(padded_places(w) + one_slack) + (w.out_places() + 1) * padded_outputs(outputs);
}

}  // namespace scrawl::kernels
