#include "kernels/convolution.h"
#include "kernels/kernels.h"

#include <cstddef>

// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/convolution_weights.cpp"
#include "kernels/targets.h"
#include "kernels/map-inl.h"
#include "kernels/convolution_weights-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET
namespace {

/// Finds the columns of y for which columns [column, column + columns) of the window are inside x.
HWY_INLINE void set_inner(std::size_t columns, WeightTile& t) {
  const Window& w = t.window;
  const std::size_t right = w.width + w.padding;
  const std::size_t begin = t.column < w.padding ? (w.padding - t.column + w.stride - 1) / w.stride : 0;
  const std::size_t end =
      t.column + columns <= right ? (right - t.column - columns) / w.stride + 1 : std::size_t{0};
  t.inner_end = end < w.out_width ? end : w.out_width;
  t.inner_begin = begin < t.inner_end ? begin : t.inner_end;
}

HWY_INLINE std::size_t tile_rows(std::size_t kernel_height, std::size_t columns) {
  if (columns == 1 && kernel_height >= 4) return 4;
  return HWY_TARGET == HWY_AVX3 && columns == 3 && kernel_height == 3 ? 3 : 1;
}

/// Tiles of some columns of the window: the first of each output (with the sums of dy), the others, or all.
enum class Tiles { first, others, all };

template <Tiles kTiles>
HWY_INLINE void run_tiles(const ConvolutionWeightGradient<float>& c, std::size_t columns,
                          std::size_t column) {
  constexpr bool kDb = kTiles == Tiles::first;
  const Window& w = c.window;
  const std::size_t rows = tile_rows(w.kernel_height, columns);
  const std::size_t end = kDb ? 1 : w.channels * w.kernel_height;
  for_each_strip(c.outputs, tile_outputs(rows, columns, kDb), [&](std::size_t outputs, std::size_t o, bool) {
    const RunWeightTile run_rows = weight_tile_of<kDb>(rows, columns, outputs);
    const RunWeightTile run_row = weight_tile_of<kDb>(1, columns, outputs);
    WeightTile t = {.window = w,
                    .column = column,
                    .dy = c.dy + o * w.out_places() * image_lanes,
                    .dw_stride = c.outputs,
                    .db = kDb ? c.db + o : nullptr};
    set_inner(columns, t);
    for (std::size_t row = kTiles == Tiles::others ? rows : 0; row < end;) {  // counted over all channels
      t.row = row % w.kernel_height;
      t.x = c.x + row / w.kernel_height * w.height * w.width * image_lanes;
      t.dw = c.dw + (row * w.kernel_width + column) * c.outputs + o;
      const bool fits = t.row + rows <= w.kernel_height;
      (fits ? run_rows : run_row)(t);
      row += fits ? rows : 1;
    }
  });
}

void convolution_weight_gradient(const ConvolutionWeightGradient<float>& all) {
  ConvolutionWeightGradient<float> c = all;
  Window& w = c.window;
  // A 1x1 window treats the channels as one tall picture and takes a column of it.
  if (w.kernel_height * w.kernel_width == 1 && w.stride == 1 && w.padding == 0)
    w = {.channels = 1,
         .height = w.channels,
         .width = w.height * w.width,
         .kernel_height = w.channels,
         .kernel_width = 1,
         .out_height = 1,
         .out_width = w.height * w.width};
  for_each_strip(w.kernel_width, kMostColumns, [&](std::size_t columns, std::size_t column, bool) {
    if (c.db && column == 0) {
      run_tiles<Tiles::first>(c, columns, column);
      run_tiles<Tiles::others>(c, columns, column);
    } else {
      run_tiles<Tiles::all>(c, columns, column);
    }
  });
}

}  // namespace

void set_weight_gradient(Kernels<float>& table) {
  table.convolution_weight_gradient = convolution_weight_gradient;
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
