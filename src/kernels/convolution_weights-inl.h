// The tiles of a convolution's weight gradient, once per instruction set (see map-inl.h).
#if defined(SCRAWL_KERNELS_CONVOLUTION_WEIGHTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SCRAWL_KERNELS_CONVOLUTION_WEIGHTS_INL_H_
#undef SCRAWL_KERNELS_CONVOLUTION_WEIGHTS_INL_H_
#else
#define SCRAWL_KERNELS_CONVOLUTION_WEIGHTS_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET

// A tile is kRows x kColumns taps of one channel by kOutputs channels of y, a vector of sums each, held in
// registers during one loop over the places. Neighbouring taps read neighbouring vectors of x, so each place
// loads one new vector of x per row and one of dy per output.
constexpr std::size_t kMostColumns = 5;
constexpr std::size_t kMostOutputs = 8;

/// The outputs that fill the registers. Besides the sums, registers hold a vector for each tap or each
/// output, whichever are fewer, and one of the others.
constexpr std::size_t tile_outputs(std::size_t rows, std::size_t columns, bool db) {
  const std::size_t registers = HWY_TARGET == HWY_AVX3 ? 32 : 16;
  const std::size_t taps = rows * columns;
  std::size_t outputs = kMostOutputs;
  while (outputs > 1 && (taps + db) * outputs + (taps < outputs ? taps : outputs) + 1 > registers) --outputs;
  return outputs;
}

struct WeightTile {
  const Window& window;
  std::size_t row;          ///< of the window, the first in the tile
  std::size_t column;       ///< likewise
  std::size_t inner_begin;  ///< the columns of y for which all columns of the tile are inside x
  std::size_t inner_end;
  const float* x;   ///< one channel
  const float* dy;  ///< from the first output on
  float* dw;        ///< from the first tap and output on
  std::size_t dw_stride;
  float* db;  ///< from the first output on
};

/// For eight i: out[i] = the sum of the lanes at in[i * image_lanes], as a tree.
HWY_INLINE void sum_lanes_of_eight(const float* in, float* out) {
  const hn::CappedTag<float, 8> d;
  const hn::RepartitionToWide<decltype(d)> dw;
  using V8 = hn::Vec<decltype(d)>;
  V8 v[8];
#pragma GCC unroll 8
  for (std::size_t i = 0; i < 8; ++i)
    v[i] = hn::Add(hn::Load(d, in + i * image_lanes), hn::Load(d, in + i * image_lanes + 8));
#pragma GCC unroll 4
  for (std::size_t i = 0; i < 4; ++i)
    v[i] = hn::Add(hn::ConcatLowerLower(d, v[i + 4], v[i]), hn::ConcatUpperUpper(d, v[i + 4], v[i]));
#pragma GCC unroll 2
  for (std::size_t i = 0; i < 4; i += 2)
    v[i] = hn::Add(hn::InterleaveLower(d, v[i], v[i + 1]), hn::InterleaveUpper(d, v[i], v[i + 1]));
  const auto low = hn::BitCast(dw, v[0]);
  const auto high = hn::BitCast(dw, v[2]);
  hn::Store(hn::Add(hn::BitCast(d, hn::InterleaveLower(dw, low, high)),
                    hn::BitCast(d, hn::InterleaveUpper(dw, low, high))),
            d, out);
}

/// Sums over all places for the kLanes lanes starting at `x` and `dy`. Vector tap * kOutputs + output of
/// `sums` (image_lanes apart) belongs to that tap and output; with kDb the sums of dy follow.
template <std::size_t kRows, std::size_t kColumns, std::size_t kOutputs, bool kDb>
HWY_INLINE void sum_places(const WeightTile& t, const float* all_x, const float* all_dy, float* sums) {
  const D d;
  const Window& w = t.window;
  constexpr std::size_t kTaps = kRows * kColumns;
  V sum[kTaps][kOutputs];
  V bias[kOutputs];
#pragma GCC unroll 16
  for (std::size_t tap = 0; tap < kTaps; ++tap) {
#pragma GCC unroll 8
    for (std::size_t k = 0; k < kOutputs; ++k) sum[tap][k] = hn::Zero(d);
  }
#pragma GCC unroll 8
  for (std::size_t k = 0; k < kOutputs; ++k) bias[k] = hn::Zero(d);
  const std::size_t line = w.width * image_lanes;
  const std::size_t step = w.stride * image_lanes;
  const std::size_t plane = w.out_places() * image_lanes;

  for (std::size_t oy = 0; oy < w.out_height; ++oy) {
    const float* HWY_RESTRICT dy = all_dy + oy * w.out_width * image_lanes;
    const std::size_t y = w.at(oy, t.row);
    bool inside = t.inner_begin < t.inner_end;
    for (std::size_t i = 0; i < kRows; ++i) inside = inside && y + i < w.height;
    for (std::size_t ox = 0; ox < w.out_width;) {
      if (inside && ox == t.inner_begin) {
        const float* HWY_RESTRICT x = all_x + (y * w.width + w.at(ox, t.column)) * image_lanes;
        for (; ox < t.inner_end; ++ox) {
          // The fewer of the two stay in registers; the others are loaded one by one.
          constexpr bool kHoldsX = kTaps < kOutputs;
          V fewer[kHoldsX ? kTaps : kOutputs];
          const auto x_at = [&](std::size_t tap) HWY_ATTR {
            return held(hn::LoadU(d, x + tap / kColumns * line + tap % kColumns * image_lanes));
          };
          if constexpr (kHoldsX) {
#pragma GCC unroll 16
            for (std::size_t tap = 0; tap < kTaps; ++tap) fewer[tap] = x_at(tap);
#pragma GCC unroll 8
            for (std::size_t k = 0; k < kOutputs; ++k) {
              const V change = held(hn::LoadU(d, dy + k * plane));
              if (kDb) bias[k] = hn::Add(bias[k], change);
#pragma GCC unroll 16
              for (std::size_t tap = 0; tap < kTaps; ++tap)
                sum[tap][k] = hn::MulAdd(fewer[tap], change, sum[tap][k]);
            }
          } else {
#pragma GCC unroll 8
            for (std::size_t k = 0; k < kOutputs; ++k) {
              fewer[k] = held(hn::LoadU(d, dy + k * plane));
              if (kDb) bias[k] = hn::Add(bias[k], fewer[k]);
            }
#pragma GCC unroll 16
            for (std::size_t tap = 0; tap < kTaps; ++tap) {
              const V values = x_at(tap);
#pragma GCC unroll 8
              for (std::size_t k = 0; k < kOutputs; ++k)
                sum[tap][k] = hn::MulAdd(values, fewer[k], sum[tap][k]);
            }
          }
          x += step;
          dy += image_lanes;
        }
        continue;
      }
      // At the edges of the picture, skip the taps outside.
      const std::size_t column = w.at(ox, t.column);
      const std::size_t at = (y * w.width + column) * image_lanes;
      V changes[kOutputs];
#pragma GCC unroll 8
      for (std::size_t k = 0; k < kOutputs; ++k) {
        changes[k] = kTaps < kOutputs ? hn::LoadU(d, dy + k * plane) : held(hn::LoadU(d, dy + k * plane));
        if (kDb) bias[k] = hn::Add(bias[k], changes[k]);
      }
#pragma GCC unroll 16
      for (std::size_t tap = 0; tap < kTaps; ++tap) {
        const std::size_t i = tap / kColumns;
        const std::size_t j = tap % kColumns;
        if (y + i >= w.height || column + j >= w.width) continue;
        const V values = held(hn::LoadU(d, all_x + (at + i * line + j * image_lanes)));
#pragma GCC unroll 8
        for (std::size_t k = 0; k < kOutputs; ++k) sum[tap][k] = hn::MulAdd(values, changes[k], sum[tap][k]);
      }
      ++ox;
      dy += image_lanes;
    }
  }
#pragma GCC unroll 16
  for (std::size_t tap = 0; tap < kTaps; ++tap) {
#pragma GCC unroll 8
    for (std::size_t k = 0; k < kOutputs; ++k)
      hn::Store(sum[tap][k], d, sums + (tap * kOutputs + k) * image_lanes);
  }
#pragma GCC unroll 8
  for (std::size_t k = 0; k < kOutputs; ++k)
    if (kDb) hn::Store(bias[k], d, sums + (kTaps * kOutputs + k) * image_lanes);
}

template <std::size_t kRows, std::size_t kColumns, std::size_t kOutputs, bool kDb>
HWY_NOINLINE void weight_tile(const WeightTile& t) {
  constexpr std::size_t kSums = kRows * kColumns * kOutputs;
  constexpr std::size_t kRounded = (kSums + (kDb ? kOutputs : 0) + 7) / 8 * 8;
  HWY_ALIGN float sums[kRounded * image_lanes];
  HWY_ALIGN float values[kRounded];
  for (std::size_t i = kSums * image_lanes; i < kRounded * image_lanes; ++i) sums[i] = 0;
  for (std::size_t lane = 0; lane < image_lanes; lane += kLanes)
    sum_places<kRows, kColumns, kOutputs, kDb>(t, t.x + lane, t.dy + lane, sums + lane);
  for (std::size_t i = 0; i < kRounded; i += 8) sum_lanes_of_eight(sums + i * image_lanes, values + i);
  for (std::size_t i = 0; i < kRows; ++i)
    for (std::size_t j = 0; j < kColumns; ++j)
      for (std::size_t k = 0; k < kOutputs; ++k)
        t.dw[(i * t.window.kernel_width + j) * t.dw_stride + k] = values[(i * kColumns + j) * kOutputs + k];
  for (std::size_t k = 0; k < kOutputs; ++k)
    if (kDb) t.db[k] = values[kSums + k];
}

constexpr std::size_t at_most(std::size_t most, std::size_t n) { return n < most ? n : most; }

using RunWeightTile = void (*)(const WeightTile&);

template <std::size_t kRows, std::size_t kColumns, bool kDb>
HWY_INLINE RunWeightTile weight_tile_of(std::size_t outputs) {
  constexpr std::size_t kMost = tile_outputs(kRows, kColumns, kDb);
  constexpr RunWeightTile runs[kMostOutputs] = {weight_tile<kRows, kColumns, at_most(kMost, 1), kDb>,
                                                weight_tile<kRows, kColumns, at_most(kMost, 2), kDb>,
                                                weight_tile<kRows, kColumns, at_most(kMost, 3), kDb>,
                                                weight_tile<kRows, kColumns, at_most(kMost, 4), kDb>,
                                                weight_tile<kRows, kColumns, at_most(kMost, 5), kDb>,
                                                weight_tile<kRows, kColumns, at_most(kMost, 6), kDb>,
                                                weight_tile<kRows, kColumns, at_most(kMost, 7), kDb>,
                                                weight_tile<kRows, kColumns, at_most(kMost, 8), kDb>};
  return runs[outputs - 1];
}

template <bool kDb>
HWY_INLINE RunWeightTile weight_tile_of(std::size_t rows, std::size_t columns, std::size_t outputs) {
  if (rows == 4) return weight_tile_of<4, 1, kDb>(outputs);
  if (rows == 3) return weight_tile_of<3, 3, kDb>(outputs);
  switch (columns) {
    case 1: return weight_tile_of<1, 1, kDb>(outputs);
    case 2: return weight_tile_of<1, 2, kDb>(outputs);
    case 3: return weight_tile_of<1, 3, kDb>(outputs);
    case 4: return weight_tile_of<1, 4, kDb>(outputs);
    default: return weight_tile_of<1, 5, kDb>(outputs);
  }
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
