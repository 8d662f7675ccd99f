#pragma once

#include "scrawl/arrays.h"

#include <cstdint>
#include <span>

namespace scrawl {

/// How much of a grey value is seen through its opacity (0 to 255) over black.
constexpr std::uint8_t seen(unsigned grey, unsigned opacity) {
  return static_cast<std::uint8_t>((grey * opacity + 127) / 255);
}

/// Lays a picture with transparent parts over the ground that shows its ink: black if all visible parts are
/// bright, such as white ink, otherwise white. Bright parts that fill most of the picture are paper, and get
/// white. `picture` holds the pixels as seen over black; REQUIRES an opacity for each.
GreyImage over_ground(GreyImage picture, std::span<const std::uint8_t> opacity);

}  // namespace scrawl
