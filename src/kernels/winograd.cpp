#include "kernels/winograd.h"

#include "kernels/kernels.h"

#include <cmath>
#include <cstddef>

// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/winograd.cpp"
#include "kernels/targets.h"
#include "kernels/map-inl.h"
#include "kernels/convolution_tiles-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET
namespace {

// The transforms do the operations of winograd_reference.h in the same order, in every lane.

struct WeightColumn {
  HWY_INLINE void operator()(const V (&g)[3], V (&u)[winograd_in]) const {
    const D d;
    const V sixth = hn::Set(d, -1.0F / 6);
    const V sum = hn::Add(g[0], g[2]);
    const V ends = hn::MulAdd(g[0], hn::Set(d, 1.0F / 24), hn::Mul(g[2], hn::Set(d, 1.0F / 6)));
    u[0] = hn::Mul(g[0], hn::Set(d, 1.0F / 4));
    u[1] = hn::Mul(hn::Add(sum, g[1]), sixth);
    u[2] = hn::Mul(hn::Sub(sum, g[1]), sixth);
    u[3] = hn::MulAdd(g[1], hn::Set(d, 1.0F / 12), ends);
    u[4] = hn::MulAdd(g[1], hn::Set(d, -1.0F / 12), ends);
    u[5] = g[2];
  }
};

struct InputColumn {
  HWY_INLINE void operator()(const V (&in)[winograd_in], V (&v)[winograd_in]) const {
    const D d;
    const V four = hn::Set(d, 4.0F);
    const V minus_four = hn::Set(d, -4.0F);
    const V minus_five = hn::Set(d, -5.0F);
    const V even = hn::MulAdd(minus_four, in[2], in[4]);
    const V odd = hn::MulAdd(minus_four, in[1], in[3]);
    const V even2 = hn::Sub(in[4], in[2]);
    const V odd2 = hn::Sub(in[3], in[1]);
    v[0] = hn::MulAdd(four, in[0], hn::MulAdd(minus_five, in[2], in[4]));
    v[1] = hn::Add(even, odd);
    v[2] = hn::Sub(even, odd);
    v[3] = hn::MulAdd(hn::Set(d, 2.0F), odd2, even2);
    v[4] = hn::MulAdd(hn::Set(d, -2.0F), odd2, even2);
    v[5] = hn::MulAdd(four, in[1], hn::MulAdd(minus_five, in[3], in[5]));
  }
};

struct OutputColumn {
  HWY_INLINE void operator()(const V (&m)[winograd_in], V (&y)[winograd_out]) const {
    const D d;
    const V sum = hn::Add(m[1], m[2]);
    const V difference = hn::Sub(m[1], m[2]);
    const V sum2 = hn::Add(m[3], m[4]);
    const V difference2 = hn::Sub(m[3], m[4]);
    y[0] = hn::Add(hn::Add(m[0], sum), sum2);
    y[1] = hn::MulAdd(hn::Set(d, 2.0F), difference2, difference);
    y[2] = hn::MulAdd(hn::Set(d, 4.0F), sum2, sum);
    y[3] = hn::Add(hn::MulAdd(hn::Set(d, 8.0F), difference2, difference), m[5]);
  }
};

/// Calls store(i, j, (M in M^T)(i, j)), where `column` multiplies a column by M and load(i, j) reads `in`.
template <std::size_t kIn, std::size_t kOut, class Column, class Load, class Store>
HWY_INLINE void transform(const Column& column, const Load& load, const Store& store) {
  V half[kOut][kIn];
#pragma GCC unroll 8
  for (std::size_t j = 0; j < kIn; ++j) {
    V from[kIn];
    V to[kOut];
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kIn; ++i) from[i] = load(i, j);
    column(from, to);
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kOut; ++i) half[i][j] = to[i];
  }
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kOut; ++i) {
    V to[kOut];
    column(half[i], to);
#pragma GCC unroll 8
    for (std::size_t j = 0; j < kOut; ++j) store(i, j, to[j]);
  }
}

void winograd_weights(std::size_t channels, std::size_t outputs, const float* weights, float* out) {
  const D d;
  for (std::size_t channel = 0; channel < channels; ++channel) {
    for (std::size_t o = 0; o < outputs; o += kLanes) {
      const auto mask = hn::FirstN(d, outputs - o < kLanes ? outputs - o : kLanes);
      const float* const from = weights + channel * 9 * outputs + o;
      float* const to = out + channel * outputs + o;
      transform<3, winograd_in>(
          WeightColumn(),
          [&](std::size_t i, std::size_t j)
              HWY_ATTR { return hn::MaskedLoad(mask, d, from + (3 * i + j) * outputs); },
          [&](std::size_t i, std::size_t j, V value) HWY_ATTR {
            hn::BlendedStore(value, mask, d, to + (winograd_in * i + j) * channels * outputs);
          });
    }
  }
}

struct Corner {
  std::size_t y;
  std::size_t x;
};

/// Transforms the values of one channel below a corner; results are `apart` from one another.
HWY_NOINLINE void transform_input(const Window& w, const float* x, Corner corner, float* out,
                                  std::size_t apart) {
  const D d;
  const std::size_t first = w.at(corner.y, 0);
  const std::size_t left = w.at(corner.x, 0);
  const float* const from = x + static_cast<std::ptrdiff_t>((first * w.width + left) * image_lanes);
  const bool inside = corner.y >= w.padding && corner.x >= w.padding && first + winograd_in <= w.height &&
                      left + winograd_in <= w.width;
  for (std::size_t half = 0; half < image_lanes; half += kLanes) {
    const auto load = [&](std::size_t i, std::size_t j)
                          HWY_ATTR { return hn::LoadU(d, from + half + (i * w.width + j) * image_lanes); };
    const auto load_inside = [&](std::size_t i, std::size_t j) HWY_ATTR {
      return first + i < w.height && left + j < w.width ? load(i, j) : hn::Zero(d);
    };
    const auto store = [&](std::size_t i, std::size_t j, V value)
                           HWY_ATTR { hn::StoreU(value, d, out + half + (winograd_in * i + j) * apart); };
    if (inside)
      transform<winograd_in, winograd_in>(InputColumn(), load, store);
    else
      transform<winograd_in, winograd_in>(InputColumn(), load_inside, store);
  }
}

/// The 4x4 places of one output from the sums of products, which are `apart` from one another.
HWY_NOINLINE void transform_output(const Winograd<float>& c, std::size_t o, Corner corner, const float* sums,
                                   std::size_t apart) {
  const D d;
  const Window& w = c.window;
  const V bias = hn::Set(d, c.bias ? c.bias[o] : 0.0F);
  const V lowest = hn::Set(d, c.relu ? 0 : -HUGE_VALF);
  float* const y = c.y + ((o * w.out_height + corner.y) * w.out_width + corner.x) * image_lanes;
  const std::size_t rows = w.out_height - corner.y;
  const std::size_t columns = w.out_width - corner.x;
  for (std::size_t half = 0; half < image_lanes; half += kLanes)
    transform<winograd_in, winograd_out>(
        OutputColumn(),
        [&](std::size_t i, std::size_t j)
            HWY_ATTR { return hn::LoadU(d, sums + half + (winograd_in * i + j) * apart); },
        [&](std::size_t i, std::size_t j, V value) HWY_ATTR {
          if (i < rows && j < columns)
            hn::StoreU(hn::Max(lowest, hn::Add(value, bias)), d,
                       y + half + (i * w.out_width + j) * image_lanes);
        });
}

HWY_INLINE Tile tile_of_few(std::size_t outputs, std::size_t places) {
  return places == 1   ? tile_of_places<1>(outputs)
         : places == 2 ? tile_of_places<2>(outputs)
                       : tile_of_places<3>(outputs);
}

void winograd(const Winograd<float>& c) {
  const Window& w = c.window;
  const std::size_t across = (w.out_width + winograd_out - 1) / winograd_out;
  const std::size_t down = (w.out_height + winograd_out - 1) / winograd_out;
  const auto corner = [&](std::size_t place) {
    return Corner{.y = place / across * winograd_out, .x = place % across * winograd_out};
  };
  float* const inputs = c.scratch;
  float* const sums = c.scratch + winograd_products * winograd_apart(w.channels, winograd_places);
  for_each_strip(across * down, winograd_places, [&](std::size_t places, std::size_t first, bool) {
    const std::size_t row = places * image_lanes;
    const std::size_t inputs_apart = winograd_apart(w.channels, places);
    for (std::size_t channel = 0; channel < w.channels; ++channel)
      for (std::size_t p = 0; p < places; ++p)
        transform_input(w, c.x + channel * w.height * w.width * image_lanes, corner(first + p),
                        inputs + channel * row + p * image_lanes, inputs_apart);
    const Area area = {.channels = w.channels,
                       .rows = 1,
                       .columns = 1,
                       .x_channel = row,
                       .x_row = 0,
                       .w_channel = c.outputs,
                       .w_row = 0,
                       .w_column = 0,
                       .x_place = image_lanes,
                       .y_place = image_lanes,
                       .y_output = row,
                       .lowest = -HUGE_VALF};
    for_each_strip(c.outputs, most_outputs(places), [&](std::size_t outputs, std::size_t o, bool) {
      const Tile multiply = tile_of_few(outputs, places);
      const std::size_t sums_apart = winograd_apart(outputs, places);
      for (std::size_t i = 0; i < winograd_products; ++i)
        multiply(area, inputs + i * inputs_apart, c.weights + i * w.channels * c.outputs + o, nullptr,
                 sums + i * sums_apart);
      for (std::size_t part = 0; part < outputs; ++part)
        for (std::size_t p = 0; p < places; ++p)
          transform_output(c, o + part, corner(first + p), sums + part * row + p * image_lanes, sums_apart);
    });
  });
}

}  // namespace

void set_winograd(Kernels<float>& table) {
  table.winograd = winograd;
  table.winograd_weights = winograd_weights;
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
