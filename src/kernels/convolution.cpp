#include "kernels/convolution.h"

#include "kernels/kernels.h"

#include <cmath>
#include <cstddef>

// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/convolution.cpp"
#include "kernels/targets.h"
#include "kernels/map-inl.h"
#include "kernels/convolution_tiles-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET
namespace {

/// Relates output places to input places along rows or columns: tap k of place `out` is at (out * in_step + k
/// - padding) / out_step if that is an integer inside the input. A convolution has out_step 1; its input
/// gradient has in_step 1 and reversed weights.
struct Axis {
  std::ptrdiff_t in;
  std::ptrdiff_t out;
  std::ptrdiff_t kernel;
  std::ptrdiff_t in_step;
  std::ptrdiff_t out_step;
  std::ptrdiff_t padding;
};

/// `count` places, out_step apart, that share the same `taps` taps, out_step apart.
struct Segment {
  std::ptrdiff_t first;
  std::ptrdiff_t count;
  std::ptrdiff_t tap;
  std::ptrdiff_t taps;
  std::ptrdiff_t in;  ///< position of the first tap of the first place
};

Segment single_place(const Axis& axis, std::ptrdiff_t place) {
  const std::ptrdiff_t start = place * axis.in_step - axis.padding;
  const std::ptrdiff_t tap = start < 0 ? -start : (axis.out_step - start % axis.out_step) % axis.out_step;
  const std::ptrdiff_t in = (start + tap) / axis.out_step;
  if (tap >= axis.kernel || in >= axis.in) return {.first = place, .count = 1, .tap = 0, .taps = 0, .in = 0};
  const std::ptrdiff_t in_kernel = (axis.kernel - tap + axis.out_step - 1) / axis.out_step;
  const std::ptrdiff_t in_input = axis.in - in;
  return {
      .first = place, .count = 1, .tap = tap, .taps = in_kernel < in_input ? in_kernel : in_input, .in = in};
}

template <class F>
HWY_INLINE void for_each_segment(const Axis& axis, const F& f) {
  for (std::ptrdiff_t start = 0; start < axis.out_step; ++start) {
    for (std::ptrdiff_t place = start; place < axis.out;) {
      Segment segment = single_place(axis, place);
      for (place += axis.out_step; place < axis.out; place += axis.out_step) {
        const Segment next = single_place(axis, place);
        if (next.tap != segment.tap || next.taps != segment.taps) break;
        ++segment.count;
      }
      f(segment);
    }
  }
}

/// A convolution, or an input gradient expressed as one.
struct Problem {
  Axis rows;
  Axis columns;
  std::size_t channels;
  std::size_t outputs;
  const float* weights;
  const float* bias;
  const float* x;
  float* y;
  float lowest;
};

HWY_INLINE void run_line(const Problem& c, const Area& area, std::size_t places, const float* x,
                         const float* w, float* y) {
  for_each_strip(places, kMostPlaces, [&](std::size_t width, std::size_t first, bool) {
    for_each_strip(c.outputs, most_outputs(width), [&](std::size_t outputs, std::size_t o, bool) {
      tile_of(outputs, width)(area, x + first * area.x_place, w + o, c.bias ? c.bias + o : nullptr,
                              y + first * area.y_place + o * area.y_output);
    });
  });
}

void run_rectangle(const Problem& c, const Segment& rows, const Segment& columns) {
  const auto size = [](std::ptrdiff_t value) { return static_cast<std::size_t>(value); };
  const std::size_t in_row = size(c.columns.in) * image_lanes;
  const std::size_t out_row = size(c.columns.out) * image_lanes;
  const std::size_t tap_row = size(c.columns.kernel) * c.outputs;
  const float* const x = c.x + size(rows.in) * in_row + size(columns.in) * image_lanes;
  const float* const w = c.weights + size(rows.tap) * tap_row + size(columns.tap) * c.outputs;
  float* const y = c.y + size(rows.first) * out_row + size(columns.first) * image_lanes;
  const std::size_t x_down = size(c.rows.in_step) * in_row;
  const std::size_t x_right = size(c.columns.in_step) * image_lanes;
  const std::size_t y_down = size(c.rows.out_step) * out_row;
  const std::size_t y_right = size(c.columns.out_step) * image_lanes;
  // At the edges of a picture, segments of columns are short.
  const bool upright = columns.count < rows.count && columns.count < 4;
  const Area area = {.channels = rows.taps * columns.taps == 0 ? 0 : c.channels,
                     .rows = size(rows.taps),
                     .columns = size(columns.taps),
                     .x_channel = size(c.rows.in) * in_row,
                     .x_row = in_row,
                     .w_channel = size(c.rows.kernel) * tap_row,
                     .w_row = size(c.rows.out_step) * tap_row,
                     .w_column = size(c.columns.out_step) * c.outputs,
                     .x_place = upright ? x_down : x_right,
                     .y_place = upright ? y_down : y_right,
                     .y_output = size(c.rows.out) * out_row,
                     .lowest = c.lowest};
  const std::size_t lines = size(upright ? columns.count : rows.count);
  const std::size_t places = size(upright ? rows.count : columns.count);
  for (std::size_t line = 0; line < lines; ++line)
    run_line(c, area, places, x + line * (upright ? x_right : x_down), w,
             y + line * (upright ? y_right : y_down));
}

void run(const Problem& c) {
  for_each_segment(c.rows, [&](const Segment& rows) {
    for_each_segment(c.columns, [&](const Segment& columns) { run_rectangle(c, rows, columns); });
  });
}

Axis forward_axis(std::size_t in, std::size_t out, std::size_t kernel, const Window& window) {
  return {.in = static_cast<std::ptrdiff_t>(in),
          .out = static_cast<std::ptrdiff_t>(out),
          .kernel = static_cast<std::ptrdiff_t>(kernel),
          .in_step = static_cast<std::ptrdiff_t>(window.stride),
          .out_step = 1,
          .padding = static_cast<std::ptrdiff_t>(window.padding)};
}

/// The axis of the input gradient.
Axis backward(const Axis& axis) {
  return {.in = axis.out,
          .out = axis.in,
          .kernel = axis.kernel,
          .in_step = 1,
          .out_step = axis.in_step,
          .padding = axis.kernel - 1 - axis.padding};
}

void convolution(const Convolution<float>& c) {
  const Window& w = c.window;
  run({.rows = forward_axis(w.height, w.out_height, w.kernel_height, w),
       .columns = forward_axis(w.width, w.out_width, w.kernel_width, w),
       .channels = w.channels,
       .outputs = c.outputs,
       .weights = c.weights,
       .bias = c.bias,
       .x = c.x,
       .y = c.y,
       .lowest = c.relu ? 0 : -HUGE_VALF});
}

void convolution_input_gradient(const ConvolutionInputGradient<float>& c) {
  const Window& w = c.window;
  run({.rows = backward(forward_axis(w.height, w.out_height, w.kernel_height, w)),
       .columns = backward(forward_axis(w.width, w.out_width, w.kernel_width, w)),
       .channels = c.outputs,
       .outputs = w.channels,
       .weights = c.weights,
       .bias = nullptr,
       .x = c.dy,
       .y = c.dx,
       .lowest = -HUGE_VALF});
}

}  // namespace

void set_convolution(Kernels<float>& table) {
  table.convolution = convolution;
  table.convolution_input_gradient = convolution_input_gradient;
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
