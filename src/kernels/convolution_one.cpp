#include "kernels/convolution_one.h"

#include "kernels/kernels.h"

#include <cmath>
#include <cstddef>

// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/convolution_one.cpp"
#include "kernels/targets.h"
#include "kernels/map-inl.h"
#include "kernels/convolution_one_tiles-inl.h"
#include "kernels/transpose-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET
namespace {

HWY_INLINE std::size_t smaller(std::size_t a, std::size_t b) { return a < b ? a : b; }

HWY_INLINE void fill(float* from, const float* end) {
  const D d;
  for (; from + kLanes <= end; from += kLanes) hn::StoreU(hn::Zero(d), d, from);
  for (; from < end; ++from) *from = 0;
}

/// Copies the picture with its padding, and clears the slack after it.
void pad(const Window& w, const float* x, float* out) {
  const D d;
  for (std::size_t channel = 0; channel < w.channels; ++channel) {
    const std::size_t width = w.width + 2 * w.padding;
    // The zeros above; each row with the zeros before the next; the zeros below.
    float* at = out + w.padding * (width + 1);
    fill(out, at);
    for (std::size_t row = 0; row < w.height; ++row) {
      std::size_t i = 0;
      for (; i + kLanes <= w.width; i += kLanes) hn::StoreU(hn::LoadU(d, x + i), d, at + i);
      for (; i < w.width; ++i) at[i] = x[i];
      for (std::size_t edge = 0; edge < 2 * w.padding; ++edge) at[w.width + edge] = 0;
      x += w.width;
      at += width;
    }
    out += (w.height + 2 * w.padding) * width;
    fill(at, out);
  }
  fill(out, out + one_slack);
}

/// Calls run(first, width) for strips of at most `most` that cover `count`. The last strip may overlap the
/// one before if `unit` does not divide `count`.
template <class Run>
HWY_INLINE void for_each_unit(std::size_t count, std::size_t unit, std::size_t most, const Run& run) {
  for_each_strip((count + unit - 1) / unit, most, [&](std::size_t width, std::size_t first, bool) {
    run(smaller(first * unit, count - width * unit), width);
  });
}

void run_columns(const ConvolutionOne<float>& c, const Picture& picture, const float* x) {
  const std::size_t step = c.pool ? 2 : 1;
  const std::size_t rows = c.window.out_height / step * step;
  const std::size_t columns = c.window.out_width / step;
  for_each_unit(rows, 2, 1, [&](std::size_t row, std::size_t) {
    for_each_strip(c.outputs, kMostOutputsOfColumns, [&](std::size_t outputs, std::size_t o, bool) {
      const std::size_t most = 2 * kLanes / step;
      for (std::size_t column = 0; column < columns; column += most)
        tile_of_columns_for(outputs)(picture, x + row * picture.x_row + column * step, c.weights + o,
                                     c.bias + o, smaller(most, columns - column),
                                     c.y + o * picture.y_output + row / step * picture.y_row + column);
    });
  });
}

void run_outputs(const ConvolutionOne<float>& c, const Picture& picture, const float* x, float* y) {
  const std::size_t step = c.pool ? 2 : 1;
  const std::size_t rows = c.window.out_height / step * step;
  const std::size_t columns = c.window.out_width / step * step;
  const std::size_t all = picture.w_tap / kLanes;
  const std::size_t stride = picture.stride;
  for_each_strip(all, 2, [&](std::size_t vectors, std::size_t first, bool) {
    const auto tile = [&](std::size_t pairs, std::size_t row, std::size_t column) {
      const std::size_t o = first * kLanes;
      const PictureTile run = vectors == 2 ? tile_of_pairs<2>(pairs) : tile_of_pairs<1>(pairs);
      run(picture, x + row * stride * picture.x_row + column * stride, c.weights + o, c.bias + o,
          y + row / step * picture.y_row + column / step * picture.w_tap + o);
    };
    if (rows < 2 || columns < 2) {
      for (std::size_t place = 0; place < rows * columns; ++place)
        tile(0, rows == 1 ? 0 : place, rows == 1 ? place : 0);
      return;
    }
    const std::size_t most = stride > 1 || kMostPairs < vectors ? 1 : kMostPairs / vectors;
    for_each_unit(rows, 2, 1, [&](std::size_t row, std::size_t) {
      for_each_unit(columns, 2, most,
                    [&](std::size_t column, std::size_t pairs) { tile(pairs, row, column); });
    });
  });
}

void convolution_one(const ConvolutionOne<float>& c) {
  const Window& w = c.window;
  const std::size_t step = c.pool ? 2 : 1;
  const std::size_t out_height = w.out_height / step;
  const std::size_t out_width = w.out_width / step;
  if (out_height * out_width == 0) return;
  const std::size_t padded = padded_outputs(c.outputs);
  const std::size_t of_columns = c.outputs * ((w.out_width + 2 * kLanes - 1) / (2 * kLanes)) * 2;
  const std::size_t of_outputs = w.out_width * (padded / kLanes);
  const bool columns = w.stride == 1 && w.out_height > 1 && of_columns < of_outputs;
  const bool copy = columns || w.padding > 0;
  if (copy) pad(w, c.x, c.scratch);
  const float* const x = copy ? c.scratch : c.x;
  const std::size_t x_row = w.width + 2 * w.padding;
  const Picture picture = {.channels = w.channels,
                           .kernel_height = w.kernel_height,
                           .kernel_width = w.kernel_width,
                           .stride = w.stride,
                           .x_channel = (w.height + 2 * w.padding) * x_row,
                           .x_row = x_row,
                           .w_tap = padded,
                           .y_row = out_width * (columns ? 1 : padded),
                           .y_output = out_height * out_width,
                           .lowest = c.relu ? 0 : -HUGE_VALF,
                           .pool = c.pool};
  if (columns) {
    run_columns(c, picture, x);
    return;
  }
  float* const side_by_side = c.scratch + padded_outputs(padded_places(w) + one_slack);
  run_outputs(c, picture, x, side_by_side);
  transpose_matrix(out_height * out_width, c.outputs, side_by_side, padded, c.y, out_height * out_width);
}

}  // namespace

void set_convolution_one(Kernels<float>& table) { table.convolution_one = convolution_one; }

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
