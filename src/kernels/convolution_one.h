#pragma once

#include "base/rounding.h"
#include "kernels/convolution.h"

#include <cstddef>

/// A convolution for the recognition of one image: no samples to put side by side, so vectors hold output
/// channels or columns, whichever wastes less.
namespace scrawl::kernels {

/// The output channels as they lie in its weights.
constexpr std::size_t padded_outputs(std::size_t outputs) { return rounded_up(outputs, 16); }

/// The sums of Convolution, with what lies outside of the picture counting as 0 (which may change the sign of
/// a zero). If `pool`, the largest of each 2x2 of them, in order, a last odd row or column left out: the
/// first one, then any that is larger. Then, if `relu`, max(0, ...).
template <class T>
struct ConvolutionOne {
  Window window;
  std::size_t outputs = 0;
  const T* weights = nullptr;  ///< taps x padded_outputs(outputs); the columns behind `outputs` are 0
  const T* bias = nullptr;     ///< padded_outputs(outputs) values
  const T* x = nullptr;        ///< channels x height x width
  T* y = nullptr;              ///< outputs x out_height x out_width, or half of both rounded down
  bool relu = false;
  bool pool = false;
  T* scratch = nullptr;  ///< convolution_one_scratch values
};

/// Behind the picture in `scratch`, so that whole vectors can be read.
constexpr std::size_t one_slack = 64;

constexpr std::size_t padded_places(const Window& w) {
  return w.channels * (w.height + 2 * w.padding) * (w.width + 2 * w.padding);
}

/// For the picture with its padding, and for a result with the outputs side by side.
constexpr std::size_t convolution_one_scratch(const Window& w, std::size_t outputs) {
  return padded_outputs(padded_places(w) + one_slack) + w.out_places() * padded_outputs(outputs);
}

}  // namespace scrawl::kernels
