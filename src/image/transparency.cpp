#include "image/transparency.h"

#include <algorithm>
#include <cassert>
#include <cstddef>

namespace scrawl {

GreyImage over_ground(GreyImage picture, std::span<const std::uint8_t> opacity) {
  assert(opacity.size() == picture.pixels.size());
  constexpr std::size_t few = 200;  // one in so many may be dark
  std::size_t visible = 0;          // rather visible than transparent
  std::size_t dark = 0;
  for (std::size_t i = 0; i < opacity.size(); ++i) {
    if (opacity[i] < 128) continue;
    ++visible;
    dark += 2 * picture.pixels[i] < opacity[i];
  }
  const bool is_bright_ink = few * dark < visible && 4 * visible <= 3 * opacity.size();
  if (is_bright_ink) return picture;
  for (std::size_t i = 0; i < opacity.size(); ++i) {
    auto& pixel = picture.pixels[i];
    pixel = static_cast<std::uint8_t>(std::min(255, pixel + 255 - opacity[i]));
  }
  return picture;
}

}  // namespace scrawl
