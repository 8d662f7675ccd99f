#pragma once

#include "kernels/augment.h"
#include "kernels/elementary.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace scrawl::kernels::reference {

inline void random_words(const RandomKey& key, std::uint32_t first, std::size_t count, std::uint32_t* out) {
  const std::array<std::uint32_t, 2> seed = {static_cast<std::uint32_t>(key.seed),
                                             static_cast<std::uint32_t>(key.seed >> 32)};
  for (std::size_t block = 0; block < count / 4; ++block) {
    const auto words = philox4x32({first + static_cast<std::uint32_t>(block), key.sample, key.step,
                                   static_cast<std::uint32_t>(key.purpose)},
                                  seed);
    std::uint32_t* to = out + block / 8 * 32 + block % 8 * 2;
    to[0] = words[0];
    to[1] = words[1];
    to[16] = words[2];
    to[17] = words[3];
  }
}

inline void random_normals(const RandomKey& key, std::uint32_t first, std::size_t count, float* out) {
  std::array<std::uint32_t, 32> words;
  for (std::size_t i = 0; i < count; i += 32) {
    random_words(key, first + static_cast<std::uint32_t>(i / 4), 32, words.data());
    for (std::size_t j = 0; j < 32; ++j) {
      const std::uint32_t w = words[j];
      const std::uint32_t sum = (w & 255) + (w >> 8 & 255) + (w >> 16 & 255) + (w >> 24);
      out[i + j] = (static_cast<float>(sum) - AugmentConstants::mean) * AugmentConstants::inverse_deviation;
    }
  }
}

inline void erode_bytes(std::size_t n, std::size_t pitch, const std::uint8_t* in, std::uint8_t* out) {
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint8_t* middle = in + i;
    out[i] = *middle;
    for (const std::uint8_t* row : {middle - pitch, middle, middle + pitch})
      for (const std::uint8_t* at : {row - 1, row, row + 1}) out[i] = std::min(out[i], *at);
  }
}

inline void spread_bytes(std::size_t n, std::size_t pitch, bool adds, std::uint32_t weight,
                         const std::uint8_t* in, const std::uint8_t* base, std::uint8_t* out) {
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint8_t* middle = in + i;
    std::uint8_t most = *middle;
    for (const std::uint8_t* row : {middle - pitch, middle, middle + pitch})
      for (const std::uint8_t* at : {row - 1, row, row + 1}) most = std::max(most, *at);
    const int part = static_cast<int>(((most - std::uint32_t{*middle}) * weight + 128) >> 8);
    out[i] = static_cast<std::uint8_t>(std::clamp(base[i] + (adds ? part : -part), 0, 255));
  }
}

inline void pack_corners(std::size_t n, std::size_t pitch, const std::uint8_t* in, std::uint32_t* out) {
  for (std::size_t i = 0; i < n; ++i)
    out[i] = in[i] | std::uint32_t{in[i + 1]} << 8 | std::uint32_t{in[i + pitch]} << 16 |
             std::uint32_t{in[i + pitch + 1]} << 24;
}

inline void warp(const Warp& w) {
  for (std::size_t r = 0; r < w.rows; ++r) {
    const auto y = static_cast<float>(w.first_row + r);
    const float row_x = mul_add(w.xy, y, w.x0);
    const float row_y = mul_add(w.yy, y, w.y0);
    for (std::size_t i = 0; i < w.stride; ++i) {
      const std::size_t at = r * w.stride + i;
      const auto x = static_cast<float>(i);
      float source_x = mul_add(w.xx, x, row_x);
      float source_y = mul_add(w.yx, x, row_y);
      if (w.dx) source_x += w.dx[at];
      if (w.dy) source_y += w.dy[at];
      source_x = std::min(source_x > 0 ? source_x : 0.0F, w.last_x);  // also for -0
      source_y = std::min(source_y > 0 ? source_y : 0.0F, w.last_y);
      if (i >= w.width) source_x = source_y = 0;
      const auto left = static_cast<std::uint32_t>(source_x);
      const auto top = static_cast<std::uint32_t>(source_y);
      w.place[at] = top * w.pitch + left;
      w.fraction_x[at] = source_x - static_cast<float>(left);
      w.fraction_y[at] = source_y - static_cast<float>(top);
    }
  }
}

inline void bilinear(std::size_t n, const std::uint32_t* corners, const std::uint32_t* place,
                     const float* fraction_x, const float* fraction_y, float* out) {
  const auto corner = [](std::uint32_t four, int i) { return static_cast<float>(four >> 8 * i & 255); };
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint32_t four = corners[place[i]];
    const float top = mul_add(fraction_x[i], corner(four, 1) - corner(four, 0), corner(four, 0));
    const float bottom = mul_add(fraction_x[i], corner(four, 3) - corner(four, 2), corner(four, 2));
    out[i] = mul_add(fraction_y[i], bottom - top, top);
  }
}

inline void blur(std::size_t n, std::size_t radius, const float* weights, const float* in, std::size_t step,
                 float* out) {
  for (std::size_t i = 0; i < n; ++i) {
    const float* middle = in + i;
    float sum = weights[0] * *middle;
    for (std::size_t t = 1; t <= radius; ++t)
      sum = mul_add(weights[t], *(middle - t * step) + *(middle + t * step), sum);
    out[i] = sum;
  }
}

inline std::uint8_t tone_byte(const Tone& tone, float value, float noise) {
  value *= tone.factor;
  if (tone.gamma != 1) {
    const float part = std::min(value, 255.0F) * (1.0F / 255);
    value =
        part > AugmentConstants::least_value ? kernels::exp(tone.gamma * kernels::log(part)) * 255.0F : 0.0F;
  }
  if (tone.deviation != 0) value = mul_add(tone.deviation, noise, value);
  const float rounded =
      std::min(std::max(value, 0.0F), 255.0F) + 0.5F;  // never negative, so truncation rounds
  return static_cast<std::uint8_t>(rounded);
}

inline void tone_bytes(std::size_t rows, std::size_t width, std::size_t stride, const Tone& tone,
                       const float* in, const float* noise, std::uint8_t* out) {
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t x = 0; x < width; ++x)
      out[r * width + x] =
          tone_byte(tone, in[r * stride + x], tone.deviation != 0 ? noise[r * stride + x] : 0.0F);
}

inline AugmentKernels augment_kernels() {
  return {.random_words = random_words,
          .random_normals = random_normals,
          .erode_bytes = erode_bytes,
          .spread_bytes = spread_bytes,
          .pack_corners = pack_corners,
          .warp = warp,
          .bilinear = bilinear,
          .blur = blur,
          .tone_bytes = tone_bytes};
}

}  // namespace scrawl::kernels::reference
