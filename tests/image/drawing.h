#pragma once

#include "scrawl/arrays.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

/// Simple pictures for tests.
namespace scrawl::test {

inline GreyImage plain(std::size_t width, std::size_t height, std::uint8_t value) {
  return {width, height, std::vector<std::uint8_t>(width * height, value)};
}

/// Fills the part of the box that lies within the picture.
inline void fill(GreyImage& picture, const Box& box, std::uint8_t value) {
  for (std::size_t y = box.y; y < std::min(box.y + box.height, picture.height); ++y)
    for (std::size_t x = box.x; x < std::min(box.x + box.width, picture.width); ++x)
      picture.pixels[y * picture.width + x] = value;
}

/// A ring, such as a zero: `width` wide, with the given outer radius.
inline void draw_ring(GreyImage& picture, double x, double y, double radius, double width,
                      std::uint8_t value) {
  for (std::size_t j = 0; j < picture.height; ++j)
    for (std::size_t i = 0; i < picture.width; ++i) {
      const double distance = std::hypot(static_cast<double>(i) - x, static_cast<double>(j) - y);
      if (distance <= radius && distance >= radius - width) picture.pixels[j * picture.width + i] = value;
    }
}

/// Light that falls from one side: adds from -strength to strength.
inline void shade(GreyImage& picture, double across, double down) {
  for (std::size_t j = 0; j < picture.height; ++j)
    for (std::size_t i = 0; i < picture.width; ++i) {
      const double x = 2 * static_cast<double>(i) / static_cast<double>(picture.width) - 1;
      const double y = 2 * static_cast<double>(j) / static_cast<double>(picture.height) - 1;
      auto& pixel = picture.pixels[j * picture.width + i];
      pixel = static_cast<std::uint8_t>(std::clamp(pixel + across * x + down * y, 0.0, 255.0));
    }
}

/// Noise of the given standard deviation: a sum of uniform numbers, the same on every machine.
inline void add_noise(GreyImage& picture, double deviation, std::uint32_t seed) {
  std::mt19937 generator(seed);
  for (auto& pixel : picture.pixels) {
    double sum = 0;
    for (int i = 0; i < 12; ++i) sum += static_cast<double>(generator() - generator.min()) / 4294967296.0;
    pixel = static_cast<std::uint8_t>(std::clamp(pixel + deviation * (sum - 6) + 0.5, 0.0, 255.0));
  }
}

inline void invert(GreyImage& picture) {
  for (auto& pixel : picture.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
}

}  // namespace scrawl::test
