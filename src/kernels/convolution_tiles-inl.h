// The tiles of the convolution, once per instruction set (see map-inl.h).
#if defined(SCRAWL_KERNELS_CONVOLUTION_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SCRAWL_KERNELS_CONVOLUTION_TILES_INL_H_
#undef SCRAWL_KERNELS_CONVOLUTION_TILES_INL_H_
#else
#define SCRAWL_KERNELS_CONVOLUTION_TILES_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET

// A tile of the output is kOutputs channels by kPlaces places, each a vector of samples, held in registers
// during the loops over the taps. It fills the registers (32 with AVX-512, 16 with AVX2): each loaded vector
// of x serves kOutputs multiply-adds, each weight kPlaces.
constexpr std::size_t kMostPlaces = HWY_TARGET == HWY_AVX3 ? 6 : 3;
constexpr std::size_t kMostOutputs = 8;

constexpr std::size_t most_outputs(std::size_t places) {
  if (HWY_TARGET == HWY_AVX3) return places > 4 ? 4 : places == 4 ? 6 : 8;
  return places == 3 ? 4 : places == 2 ? 6 : 8;
}

/// A rectangle of places whose windows cover the same taps, and the strides.
struct Area {
  std::size_t channels;  ///< these three count the taps
  std::size_t rows;
  std::size_t columns;
  std::size_t x_channel;
  std::size_t x_row;
  std::size_t w_channel;
  std::size_t w_row;
  std::size_t w_column;
  std::size_t x_place;  ///< from the first tap of a place in a tile to that of the next
  std::size_t y_place;
  std::size_t y_output;
  float lowest;  ///< lower bound of the results: 0 for ReLU, or -infinity
};

/// The tile whose first place has its first tap at `x` and its result at `y`. `bias` may be null.
template <std::size_t kOutputs, std::size_t kPlaces>
HWY_NOINLINE void tile(const Area& area, const float* x, const float* w, const float* bias, float* y) {
  const D d;
  const std::size_t x_place = area.x_place;
  const std::size_t w_column = area.w_column;
  // From the end of a row of taps, or of a channel's taps, to the next; may be negative.
  const auto x_row = static_cast<std::ptrdiff_t>(area.x_row - area.columns * image_lanes);
  const auto w_row = static_cast<std::ptrdiff_t>(area.w_row - area.columns * w_column);
  const auto x_channel = static_cast<std::ptrdiff_t>(area.x_channel - area.rows * area.x_row);
  const auto w_channel = static_cast<std::ptrdiff_t>(area.w_channel - area.rows * area.w_row);
  const V lowest = hn::Set(d, area.lowest);
  for (std::size_t half = 0; half < image_lanes; half += kLanes) {
    V sum[kOutputs][kPlaces];
#pragma GCC unroll 16
    for (std::size_t o = 0; o < kOutputs; ++o) {
      const V start = bias ? hn::Set(d, bias[o]) : hn::Zero(d);
#pragma GCC unroll 16
      for (std::size_t p = 0; p < kPlaces; ++p) sum[o][p] = start;
    }
    const float* HWY_RESTRICT x_at = x + half;
    const float* HWY_RESTRICT w_at = w;
    for (std::size_t c = area.channels; c > 0; --c) {
      for (std::size_t i = area.rows; i > 0; --i) {
        for (std::size_t j = area.columns; j > 0; --j) {
          V values[kPlaces];
#pragma GCC unroll 16
          for (std::size_t p = 0; p < kPlaces; ++p) values[p] = held(hn::LoadU(d, x_at + p * x_place));
#pragma GCC unroll 16
          for (std::size_t o = 0; o < kOutputs; ++o) {
            const V weight = hn::Set(d, w_at[o]);
#pragma GCC unroll 16
            for (std::size_t p = 0; p < kPlaces; ++p) sum[o][p] = hn::MulAdd(weight, values[p], sum[o][p]);
          }
          x_at += image_lanes;
          w_at += w_column;
        }
        x_at += x_row;
        w_at += w_row;
      }
      x_at += x_channel;
      w_at += w_channel;
    }
    float* const y_at = y + half;
    const std::size_t y_place = area.y_place;
    const std::size_t y_output = area.y_output;
#pragma GCC unroll 16
    for (std::size_t o = 0; o < kOutputs; ++o) {
#pragma GCC unroll 16
      for (std::size_t p = 0; p < kPlaces; ++p)
        hn::StoreU(hn::Max(lowest, sum[o][p]), d, y_at + o * y_output + p * y_place);  // keeps NaN
    }
  }
}

using Tile = void (*)(const Area&, const float*, const float*, const float*, float*);

template <std::size_t kOutputs, std::size_t kPlaces>
constexpr Tile tile_if_it_fits() {
  if constexpr (kOutputs <= most_outputs(kPlaces) && kPlaces <= kMostPlaces)
    return tile<kOutputs, kPlaces>;
  else
    return nullptr;
}

template <std::size_t kPlaces>
HWY_INLINE Tile tile_of_places(std::size_t outputs) {
  constexpr Tile tiles[kMostOutputs] = {tile_if_it_fits<1, kPlaces>(), tile_if_it_fits<2, kPlaces>(),
                                        tile_if_it_fits<3, kPlaces>(), tile_if_it_fits<4, kPlaces>(),
                                        tile_if_it_fits<5, kPlaces>(), tile_if_it_fits<6, kPlaces>(),
                                        tile_if_it_fits<7, kPlaces>(), tile_if_it_fits<8, kPlaces>()};
  return tiles[outputs - 1];
}

HWY_INLINE Tile tile_of(std::size_t outputs, std::size_t places) {
  switch (places) {
    case 1: return tile_of_places<1>(outputs);
    case 2: return tile_of_places<2>(outputs);
    case 3: return tile_of_places<3>(outputs);
    case 4: return tile_of_places<4>(outputs);
    case 5: return tile_of_places<5>(outputs);
    default: return tile_of_places<6>(outputs);
  }
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
