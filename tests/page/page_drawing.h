#pragma once

#include "image/drawing.h"

#include <cmath>

/// Strokes, rules and tables for tests of pages.
namespace scrawl::test {

/// A straight line with round ends, `width` pixels wide.
inline void draw_line(GreyImage& picture, double x0, double y0, double x1, double y1, double width,
                      std::uint8_t value) {
  const double length = std::hypot(x1 - x0, y1 - y0);
  const auto low = [&](double v) { return static_cast<std::size_t>(std::max(0.0, v - width)); };
  const auto high = [&](double v, std::size_t end) {
    return std::min(end, static_cast<std::size_t>(v + width) + 1);
  };
  for (std::size_t y = low(std::min(y0, y1)); y < high(std::max(y0, y1), picture.height); ++y)
    for (std::size_t x = low(std::min(x0, x1)); x < high(std::max(x0, x1), picture.width); ++x) {
      const double px = static_cast<double>(x) - x0;
      const double py = static_cast<double>(y) - y0;
      const double t = std::clamp((px * (x1 - x0) + py * (y1 - y0)) / (length * length), 0.0, 1.0);
      if (std::hypot(px - t * (x1 - x0), py - t * (y1 - y0)) <= width / 2)
        picture.pixels[y * picture.width + x] = value;
    }
}

/// The mask of a black picture with white ink.
inline GreyImage no_ink(std::size_t width, std::size_t height) { return plain(width, height, 0); }
constexpr std::uint8_t ink = 255;

}  // namespace scrawl::test
