#include "kernels/kernels.h"

#include <cstddef>

// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm.cpp"
#include "kernels/targets.h"
#include "kernels/map-inl.h"
#include "kernels/gemm_tiles-inl.h"
#include "kernels/transpose-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET
namespace {

// Large products are cut into blocks for a core's caches, and strided data are copied to a panel on the
// stack. Sums over part of the depth continue from C, with the same bits. Limits: bench-kernels.
constexpr std::size_t kPanelDepth = 448;  // a panel takes about 100 KiB
constexpr std::size_t kPanelRows = 48;    // of A; a multiple of the rows of the common tiles
constexpr std::size_t kBlockRows = 192;
constexpr std::size_t kManyRows = 128;      // share each value of B, so copying it costs little
constexpr std::size_t kCached = 1U << 18U;  // values in a core's second-level cache
// A transposed A of this depth misses the first-level cache in each tile; smaller tiles suffer earlier.
constexpr std::size_t kDeep = HWY_TARGET == HWY_AVX3 ? 1024 : 200;
constexpr std::size_t kFewRows = 64;
constexpr std::size_t kFewRowsSize = 16384;  // values of A with few rows

HWY_INLINE std::size_t smaller(std::size_t a, std::size_t b) { return a < b ? a : b; }

HWY_INLINE void copy_rows(std::size_t rows, std::size_t columns, const float* in, std::size_t in_stride,
                          float* out, std::size_t out_stride) {
  for (std::size_t r = 0; r < rows; ++r)
    map(columns, in + r * in_stride, out + r * out_stride, [](D, V v) HWY_ATTR { return v; });
}

/// All columns. With a panel, each strip of B is copied there first.
void run_strips(const Gemm<float>& g, bool goes_on, float* panel) {
  const std::size_t vectors = (g.columns + kLanes - 1) / kLanes;
  const bool rank_one = g.descent && g.depth == 1;
  const std::size_t most = rank_one                ? kMostVectorsOfStep
                           : g.rows == 1 && !panel ? kMostVectorsOfOneRow
                                                   : kMostVectors;
  for_each_strip(vectors, most, [&](std::size_t width, std::size_t first, bool last) {
    const std::size_t n = first * kLanes;
    Strip strip = {.g = g, .goes_on = goes_on, .tail = last ? g.columns % kLanes : 0};
    if (panel) {
      const std::size_t columns = smaller(width * kLanes, g.columns - n);
      strip.g.b = panel;
      strip.g.b_stride = width * kLanes;
      if (g.b_transposed)
        transpose_matrix(columns, g.depth, g.b + n * g.b_stride, g.b_stride, panel, strip.g.b_stride);
      else
        copy_rows(g.depth, columns, g.b + n, g.b_stride, panel, strip.g.b_stride);
    } else {
      strip.g.b += n;
    }
    strip.g.c += n;
    if (g.bias) strip.g.bias += n;
    const bool partial = strip.tail != 0;
    if (rank_one)
      (partial ? rank_one_rows_of<true>(width) : rank_one_rows_of<false>(width))(strip);
    else
      (partial ? all_rows_of<true>(width) : all_rows_of<false>(width))(strip);
  });
}

/// Blocks of rows and depth, with panels for A if it is transposed, and for B if it is or `rows` is large.
HWY_NOINLINE void run_blocks(const Gemm<float>& g, bool a_panel, bool b_panel) {
  HWY_ALIGN float a[kPanelDepth * kPanelRows];
  HWY_ALIGN float b[kPanelDepth * kMostVectors * kLanes];
  const std::size_t most_rows = a_panel ? kPanelRows : kBlockRows;
  const std::size_t blocks =
      !a_panel && !b_panel ? 1 : (g.depth + kPanelDepth - 1) / kPanelDepth + (g.depth == 0);
  for (std::size_t block = 0; block < blocks; ++block) {
    const std::size_t k = g.depth * block / blocks;
    for (std::size_t m = 0; m < g.rows; m += most_rows) {
      Gemm<float> part = g;
      part.rows = smaller(most_rows, g.rows - m);
      part.depth = g.depth * (block + 1) / blocks - k;
      part.a += m * g.a_row_stride + k * g.a_depth_stride;
      part.b += g.b_transposed ? k : k * g.b_stride;
      part.c += m * g.c_stride;
      if (a_panel) {
        copy_rows(part.depth, part.rows, part.a, g.a_depth_stride, a, kPanelRows);
        part.a = a;
        part.a_depth_stride = kPanelRows;
      }
      run_strips(part, block > 0, b_panel ? b : nullptr);
    }
  }
}

HWY_INLINE bool is_better_transposed(const Gemm<float>& g) {
  if (!g.b_transposed || g.bias || g.descent || g.a_depth_stride != 1) return false;
  if (g.rows < kLanes / 2 || g.rows > kFewRows || g.rows * g.depth > kFewRowsSize) return false;
  return 2 * g.rows * (g.depth + g.columns) < g.depth * g.columns;
}

/// For few rows and a large transposed B: C^T = B^T A^T, with A's rows along the vectors, reads B in order.
HWY_NOINLINE void run_transposed(const Gemm<float>& g) {
  HWY_ALIGN float a[kFewRowsSize];
  HWY_ALIGN float c[kPanelRows * kFewRows];
  transpose_matrix(g.rows, g.depth, g.a, g.a_row_stride, a, g.rows);
  for (std::size_t n = 0; n < g.columns; n += kPanelRows) {
    const std::size_t columns = smaller(kPanelRows, g.columns - n);
    const Gemm<float> part = {.rows = columns,
                              .columns = g.rows,
                              .depth = g.depth,
                              .a = g.b + n * g.b_stride,
                              .a_row_stride = g.b_stride,
                              .b = a,
                              .b_stride = g.rows,
                              .c = c,
                              .c_stride = g.rows};
    run_strips(part, false, nullptr);
    transpose_matrix(columns, g.rows, c, g.rows, g.c + n, g.c_stride);
  }
}

/// A step whose depth needs several blocks: first the gradient of some rows and columns, then their step.
HWY_NOINLINE void run_long_descent(const Gemm<float>& g) {
  const D d;
  const V rate = hn::Set(d, -g.descent->learning_rate);
  const V l2 = hn::Set(d, g.descent->l2);
  constexpr std::size_t kColumns = 192;
  HWY_ALIGN float gradient[kPanelRows * kColumns];
  for (std::size_t m = 0; m < g.rows; m += kPanelRows) {
    for (std::size_t n = 0; n < g.columns; n += kColumns) {
      Gemm<float> part = g;
      part.rows = smaller(kPanelRows, g.rows - m);
      part.columns = smaller(kColumns, g.columns - n);
      part.a += m * g.a_row_stride;
      part.b += g.b_transposed ? n * g.b_stride : n;
      part.c = gradient;
      part.c_stride = kColumns;
      part.descent = nullptr;
      run_blocks(part, part.a_row_stride == 1, part.b_transposed);
      for (std::size_t r = 0; r < part.rows; ++r) {
        float* weights = g.c + (m + r) * g.c_stride + n;
        map(part.columns, gradient + r * kColumns, weights, weights,
            [&](D, V sum, V w) HWY_ATTR { return hn::MulAdd(rate, hn::MulAdd(l2, w, sum), w); });
      }
    }
  }
}

void gemm(const Gemm<float>& g) {
  if (g.rows == 0) return;
  const bool a_panel = g.a_row_stride == 1 && g.a_depth_stride != 1 && g.depth >= kDeep && g.columns >= 128;
  const bool many_rows = g.rows >= kManyRows && !a_panel;
  const bool b_panel = g.b_transposed || (many_rows && g.depth * g.b_stride > kCached);
  const bool blocks = a_panel || b_panel || (many_rows && g.rows * g.depth > 4 * kCached);
  if (is_better_transposed(g))
    run_transposed(g);
  else if (blocks && g.descent && g.depth > kPanelDepth)
    run_long_descent(g);
  else if (blocks)
    run_blocks(g, a_panel, b_panel);
  else
    run_strips(g, false, nullptr);
}

void column_sums(std::size_t rows, std::size_t columns, const float* in, std::size_t stride, float* out) {
  const D d;
  for (std::size_t c = 0; c < columns; c += kLanes) {
    const std::size_t left = columns - c;
    const auto mask = hn::FirstN(d, left < kLanes ? left : kLanes);
    V sum = hn::Zero(d);
    for (std::size_t r = 0; r < rows; ++r) sum = hn::Add(sum, hn::MaskedLoad(mask, d, in + r * stride + c));
    hn::BlendedStore(sum, mask, d, out + c);
  }
}

}  // namespace

void set_gemm(Kernels<float>& table) {
  table.gemm = gemm;
  table.column_sums = column_sums;
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
