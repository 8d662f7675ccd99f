#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace scrawl {

/// A grey picture: `height` rows of `width` pixels, one after the other without gaps, from 0 (black) to 255
/// (white).
struct GreyImage {
  std::size_t width = 0;
  std::size_t height = 0;
  std::vector<std::uint8_t> pixels = {};  ///< width * height values

  bool operator==(const GreyImage&) const = default;
};

}  // namespace scrawl
