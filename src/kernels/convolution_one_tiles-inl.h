// The tiles of the convolution of one image, once per instruction set (see map-inl.h).
#if defined(SCRAWL_KERNELS_CONVOLUTION_ONE_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SCRAWL_KERNELS_CONVOLUTION_ONE_TILES_INL_H_
#undef SCRAWL_KERNELS_CONVOLUTION_ONE_TILES_INL_H_
#else
#define SCRAWL_KERNELS_CONVOLUTION_ONE_TILES_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET

/// A picture that contains all of its windows, and the strides of the results.
struct Picture {
  std::size_t channels;
  std::size_t kernel_height;
  std::size_t kernel_width;
  std::size_t stride;
  std::size_t x_channel;
  std::size_t x_row;
  std::size_t w_tap;
  std::size_t y_row;     ///< from a row of the results to the next
  std::size_t y_output;  ///< from an output to the next, if vectors hold columns
  float lowest;          ///< 0 for ReLU, or -infinity
  bool pool;
};

template <class F>
HWY_INLINE void for_each_tap(const Picture& c, const float* x, const float* w, const F& f) {
  const std::size_t x_row = c.x_row - c.kernel_width;
  const std::size_t x_channel = c.x_channel - c.kernel_height * c.x_row;
  for (std::size_t channel = c.channels; channel > 0; --channel) {
    for (std::size_t i = c.kernel_height; i > 0; --i) {
      for (std::size_t j = c.kernel_width; j > 0; --j) {
        f(x, w);
        ++x;
        w += c.w_tap;
      }
      x += x_row;
    }
    x += x_channel;
  }
}

/// A later value wins only if it is larger.
HWY_INLINE V largest(V first, V second, V third, V fourth) {
  return hn::Max(fourth, hn::Max(third, hn::Max(second, first)));
}

// Outputs in vectors: each weight that is loaded serves kRows x kColumns places.
constexpr std::size_t kMostPairs = HWY_TARGET == HWY_AVX3 ? 6 : 1;  // of columns

/// `y` holds the outputs of a place side by side, followed by those of the place to its right.
template <std::size_t kVectors, std::size_t kRows, std::size_t kColumns>
HWY_NOINLINE void tile_of_outputs(const Picture& c, const float* x, const float* w, const float* bias,
                                  float* y) {
  const D d;
  const std::size_t across = kColumns > 2 ? 1 : c.stride;  // wide tiles are only for a stride of 1
  const std::size_t down = c.stride * c.x_row;
  V sum[kRows][kColumns][kVectors];
#pragma GCC unroll 16
  for (std::size_t v = 0; v < kVectors; ++v) {
    const V start = hn::LoadU(d, bias + v * kLanes);
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
      for (std::size_t q = 0; q < kColumns; ++q) sum[r][q][v] = start;
    }
  }
  for_each_tap(c, x, w, [&](const float* x_at, const float* w_at) HWY_ATTR {
    V weights[kVectors];
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) weights[v] = hn::LoadU(d, w_at + v * kLanes);
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
      for (std::size_t q = 0; q < kColumns; ++q) {
        const V value = hn::Set(d, x_at[r * down + q * across]);
#pragma GCC unroll 16
        for (std::size_t v = 0; v < kVectors; ++v) sum[r][q][v] = hn::MulAdd(value, weights[v], sum[r][q][v]);
      }
    }
  });
  const V lowest = hn::Set(d, c.lowest);
#pragma GCC unroll 16
  for (std::size_t v = 0; v < kVectors; ++v) {
    if constexpr (kRows == 2 && kColumns % 2 == 0) {
      if (c.pool) {
#pragma GCC unroll 16
        for (std::size_t q = 0; q < kColumns; q += 2) {
          const V of_four = largest(sum[0][q][v], sum[0][q + 1][v], sum[1][q][v], sum[1][q + 1][v]);
          hn::StoreU(hn::Max(lowest, of_four), d, y + q / 2 * c.w_tap + v * kLanes);
        }
        continue;
      }
    }
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
      for (std::size_t q = 0; q < kColumns; ++q)
        hn::StoreU(hn::Max(lowest, sum[r][q][v]), d, y + r * c.y_row + q * c.w_tap + v * kLanes);
    }
  }
}

using PictureTile = void (*)(const Picture&, const float*, const float*, const float*, float*);

template <std::size_t kVectors, std::size_t kPairs>
constexpr PictureTile tile_of_outputs_if_it_fits() {
  if constexpr (kPairs * kVectors <= kMostPairs || kPairs == 1)
    return tile_of_outputs<kVectors, 2, 2 * kPairs>;
  else
    return nullptr;
}

/// For `pairs` of columns; 0 means a single place.
template <std::size_t kVectors>
HWY_INLINE PictureTile tile_of_pairs(std::size_t pairs) {
  constexpr PictureTile tiles[] = {
      tile_of_outputs<kVectors, 1, 1>,           tile_of_outputs_if_it_fits<kVectors, 1>(),
      tile_of_outputs_if_it_fits<kVectors, 2>(), tile_of_outputs_if_it_fits<kVectors, 3>(),
      tile_of_outputs_if_it_fits<kVectors, 4>(), tile_of_outputs_if_it_fits<kVectors, 5>(),
      tile_of_outputs_if_it_fits<kVectors, 6>()};
  return tiles[pairs];
}

// Columns in vectors, for few outputs and a stride of 1: two rows of two vectors for each of kOutputs.
constexpr std::size_t kMostOutputsOfColumns = HWY_TARGET == HWY_AVX3 ? 6 : 3;

/// Stores the first `columns` results of a row that starts in `first` and continues in `second`.
HWY_INLINE void store_row(V first, V second, std::size_t columns, float* y) {
  const D d;
  const std::size_t behind = columns < kLanes ? 0 : columns - kLanes;
  if (columns >= kLanes)
    hn::StoreU(first, d, y);
  else
    hn::BlendedStore(first, hn::FirstN(d, columns), d, y);
  if (behind >= kLanes)
    hn::StoreU(second, d, y + kLanes);
  else if (behind > 0)
    hn::BlendedStore(second, hn::FirstN(d, behind), d, y + kLanes);
}

/// `columns` (at most 2 kLanes) results of each row, half as many if they are pooled.
template <std::size_t kOutputs>
HWY_NOINLINE void tile_of_columns(const Picture& c, const float* x, const float* w, const float* bias,
                                  std::size_t columns, float* y) {
  const D d;
  const std::size_t down = c.x_row;
  V sum[kOutputs][2][2];
#pragma GCC unroll 16
  for (std::size_t o = 0; o < kOutputs; ++o)
    sum[o][0][0] = sum[o][0][1] = sum[o][1][0] = sum[o][1][1] = hn::Set(d, bias[o]);
  for_each_tap(c, x, w, [&](const float* x_at, const float* w_at) HWY_ATTR {
    const V a = hn::LoadU(d, x_at);
    const V b = hn::LoadU(d, x_at + kLanes);
    const V e = hn::LoadU(d, x_at + down);
    const V f = hn::LoadU(d, x_at + down + kLanes);
#pragma GCC unroll 16
    for (std::size_t o = 0; o < kOutputs; ++o) {
      const V weight = hn::Set(d, w_at[o]);
      sum[o][0][0] = hn::MulAdd(weight, a, sum[o][0][0]);
      sum[o][0][1] = hn::MulAdd(weight, b, sum[o][0][1]);
      sum[o][1][0] = hn::MulAdd(weight, e, sum[o][1][0]);
      sum[o][1][1] = hn::MulAdd(weight, f, sum[o][1][1]);
    }
  });
  const V lowest = hn::Set(d, c.lowest);
#pragma GCC unroll 16
  for (std::size_t o = 0; o < kOutputs; ++o) {
    float* const out = y + o * c.y_output;
    const auto& s = sum[o];
    if (c.pool) {
      const V of_four = largest(hn::ConcatEven(d, s[0][1], s[0][0]), hn::ConcatOdd(d, s[0][1], s[0][0]),
                                hn::ConcatEven(d, s[1][1], s[1][0]), hn::ConcatOdd(d, s[1][1], s[1][0]));
      store_row(hn::Max(lowest, of_four), lowest, columns, out);
    } else {
      store_row(hn::Max(lowest, s[0][0]), hn::Max(lowest, s[0][1]), columns, out);
      store_row(hn::Max(lowest, s[1][0]), hn::Max(lowest, s[1][1]), columns, out + c.y_row);
    }
  }
}

using ColumnsTile = void (*)(const Picture&, const float*, const float*, const float*, std::size_t, float*);

template <std::size_t kOutputs>
constexpr ColumnsTile tile_of_columns_if_it_fits() {
  if constexpr (kOutputs <= kMostOutputsOfColumns)
    return tile_of_columns<kOutputs>;
  else
    return nullptr;
}

HWY_INLINE ColumnsTile tile_of_columns_for(std::size_t outputs) {
  constexpr ColumnsTile tiles[] = {tile_of_columns_if_it_fits<1>(), tile_of_columns_if_it_fits<2>(),
                                   tile_of_columns_if_it_fits<3>(), tile_of_columns_if_it_fits<4>(),
                                   tile_of_columns_if_it_fits<5>(), tile_of_columns_if_it_fits<6>()};
  return tiles[outputs - 1];
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
