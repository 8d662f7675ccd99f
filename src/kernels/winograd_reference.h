#pragma once

#include "kernels/winograd.h"

#include <cmath>

namespace scrawl::kernels::reference {

/// G times a column of three weights.
template <class T>
void winograd_weight_column(const T (&g)[3], T (&u)[winograd_in]) {
  const T sum = g[0] + g[2];
  const T ends = std::fma(g[0], T{1} / 24, g[2] * (T{1} / 6));
  u[0] = g[0] * (T{1} / 4);
  u[1] = (sum + g[1]) * (T{-1} / 6);
  u[2] = (sum - g[1]) * (T{-1} / 6);
  u[3] = std::fma(g[1], T{1} / 12, ends);
  u[4] = std::fma(g[1], T{-1} / 12, ends);
  u[5] = g[2];
}

/// B times a column of six values.
template <class T>
void winograd_input_column(const T (&d)[winograd_in], T (&v)[winograd_in]) {
  const T even = std::fma(T{-4}, d[2], d[4]);
  const T odd = std::fma(T{-4}, d[1], d[3]);
  const T even2 = d[4] - d[2];
  const T odd2 = d[3] - d[1];
  v[0] = std::fma(T{4}, d[0], std::fma(T{-5}, d[2], d[4]));
  v[1] = even + odd;
  v[2] = even - odd;
  v[3] = std::fma(T{2}, odd2, even2);
  v[4] = std::fma(T{-2}, odd2, even2);
  v[5] = std::fma(T{4}, d[1], std::fma(T{-5}, d[3], d[5]));
}

/// A times a column of six sums.
template <class T>
void winograd_output_column(const T (&m)[winograd_in], T (&y)[winograd_out]) {
  const T sum = m[1] + m[2];
  const T difference = m[1] - m[2];
  const T sum2 = m[3] + m[4];
  const T difference2 = m[3] - m[4];
  y[0] = m[0] + sum + sum2;
  y[1] = std::fma(T{2}, difference2, difference);
  y[2] = std::fma(T{4}, sum2, sum);
  y[3] = std::fma(T{8}, difference2, difference) + m[5];
}

/// `out` = M in M^T, where `column` multiplies a column with M.
template <class T, std::size_t kIn, std::size_t kOut>
void winograd_transform(void (&column)(const T (&)[kIn], T (&)[kOut]), const T (&in)[kIn][kIn],
                        T (&out)[kOut][kOut]) {
  T half[kOut][kIn];
  for (std::size_t j = 0; j < kIn; ++j) {
    T from[kIn];
    T to[kOut];
    for (std::size_t i = 0; i < kIn; ++i) from[i] = in[i][j];
    column(from, to);
    for (std::size_t i = 0; i < kOut; ++i) half[i][j] = to[i];
  }
  for (std::size_t i = 0; i < kOut; ++i) column(half[i], out[i]);
}

template <class T>
void winograd_weights(std::size_t channels, std::size_t outputs, const T* weights, T* out) {
  for (std::size_t place = 0; place < channels * outputs; ++place) {
    T g[3][3];
    T u[winograd_in][winograd_in];
    for (std::size_t tap = 0; tap < 9; ++tap)
      g[tap / 3][tap % 3] = weights[(place / outputs * 9 + tap) * outputs + place % outputs];
    winograd_transform(winograd_weight_column<T>, g, u);
    for (std::size_t i = 0; i < winograd_products; ++i)
      out[i * channels * outputs + place] = u[i / winograd_in][i % winograd_in];
  }
}

/// 4x4 places of one sample, starting at (oy, ox).
template <class T>
void winograd_place(const Winograd<T>& c, std::size_t oy, std::size_t ox, std::size_t lane) {
  const Window& w = c.window;
  for (std::size_t channel = 0; channel < w.channels; ++channel) {
    T d[winograd_in][winograd_in];
    T v[winograd_in][winograd_in];
    for (std::size_t i = 0; i < winograd_in; ++i)
      for (std::size_t j = 0; j < winograd_in; ++j) {
        const std::size_t y = w.at(oy, i);
        const std::size_t x = w.at(ox, j);
        const bool inside = y < w.height && x < w.width;
        d[i][j] = inside ? c.x[((channel * w.height + y) * w.width + x) * image_lanes + lane] : T{0};
      }
    winograd_transform(winograd_input_column<T>, d, v);
    for (std::size_t i = 0; i < winograd_products; ++i)
      c.scratch[i * w.channels + channel] = v[i / winograd_in][i % winograd_in];
  }
  for (std::size_t o = 0; o < c.outputs; ++o) {
    T m[winograd_in][winograd_in] = {};
    T y[winograd_out][winograd_out];
    for (std::size_t i = 0; i < winograd_products; ++i)
      for (std::size_t k = i * w.channels; k < (i + 1) * w.channels; ++k) {
        T& sum = m[i / winograd_in][i % winograd_in];
        sum = std::fma(c.weights[k * c.outputs + o], c.scratch[k], sum);
      }
    winograd_transform(winograd_output_column<T>, m, y);
    for (std::size_t i = 0; i < winograd_out && oy + i < w.out_height; ++i)
      for (std::size_t j = 0; j < winograd_out && ox + j < w.out_width; ++j) {
        const T value = y[i][j] + (c.bias ? c.bias[o] : T{0});
        c.y[((o * w.out_height + oy + i) * w.out_width + ox + j) * image_lanes + lane] =
            c.relu && T{0} > value ? T{0} : value;
      }
  }
}

template <class T>
void winograd(const Winograd<T>& c) {
  for (std::size_t oy = 0; oy < c.window.out_height; oy += winograd_out)
    for (std::size_t ox = 0; ox < c.window.out_width; ox += winograd_out)
      for (std::size_t lane = 0; lane < image_lanes; ++lane) winograd_place(c, oy, ox, lane);
}

}  // namespace scrawl::kernels::reference
