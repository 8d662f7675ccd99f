#include "image/stroke.h"

#include "image/morphology.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace scrawl {

double stroke_width(const GreyImage& ink) {
  double area = 0;
  double outline = 0;
  const auto at = [&](std::size_t x, std::size_t y) {  // black around the picture; (1, 1) is its first pixel
    return x == 0 || y == 0 || x > ink.width || y > ink.height
               ? 0.0
               : static_cast<double>(ink.pixels[(y - 1) * ink.width + x - 1]);
  };
  for (std::size_t y = 0; y <= ink.height; ++y)
    for (std::size_t x = 0; x <= ink.width; ++x) {
      // The slope at the corner that four pixels share.
      const double across = (at(x + 1, y) + at(x + 1, y + 1) - at(x, y) - at(x, y + 1)) / 2;
      const double down = (at(x, y + 1) + at(x + 1, y + 1) - at(x, y) - at(x + 1, y)) / 2;
      outline += std::sqrt(across * across + down * down);
      area += at(x, y);
    }
  return outline > 0 ? 2 * area / outline : 0;
}

GreyImage thickened(const GreyImage& ink, double radius) {
  struct Neighbour {
    std::ptrdiff_t dx, dy;
    double share;
  };
  const auto reach = static_cast<std::ptrdiff_t>(std::ceil(radius));
  std::vector<Neighbour> disc;
  for (std::ptrdiff_t dy = -reach; dy <= reach; ++dy)
    for (std::ptrdiff_t dx = -reach; dx <= reach; ++dx) {
      const double share = radius + 1 - std::sqrt(static_cast<double>(dx * dx + dy * dy));
      if (share > 0) disc.push_back({dx, dy, std::min(1.0, share)});
    }
  const auto width = static_cast<std::ptrdiff_t>(ink.width);
  const auto height = static_cast<std::ptrdiff_t>(ink.height);
  GreyImage result{.width = ink.width, .height = ink.height, .pixels = ink.pixels};
  for (std::ptrdiff_t y = 0; y < height; ++y)
    for (std::ptrdiff_t x = 0; x < width; ++x) {
      const double value = ink.pixels[static_cast<std::size_t>(y * width + x)];
      if (value == 0) continue;
      for (const auto& [dx, dy, share] : disc) {
        if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) continue;
        auto& pixel = result.pixels[static_cast<std::size_t>((y + dy) * width + x + dx)];
        pixel = std::max(pixel, static_cast<std::uint8_t>(value * share));
      }
    }
  return result;
}

double blot_share(const GreyImage& ink) {
  constexpr double widest = 2.5;      // strokes
  constexpr double least_stroke = 3;  // in pixels: thinner ones are too coarse to tell
  const double width = stroke_width(ink);
  if (width < least_stroke) return 0;
  const std::size_t side = static_cast<std::size_t>(std::ceil(widest * width)) | 1U;
  if (side >= std::min(ink.width, ink.height)) return 0;
  const GreyImage wide = opened(ink, side, side);
  double all = 0;
  double blots = 0;
  for (std::size_t i = 0; i < ink.pixels.size(); ++i) {
    all += ink.pixels[i];
    blots += wide.pixels[i];
  }
  return all > 0 ? blots / all : 0;
}

}  // namespace scrawl
