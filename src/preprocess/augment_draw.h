#pragma once

#include "scrawl/preprocessing.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace scrawl {

/// What is done to one image.
struct AugmentDraw {
  bool changes = true;  ///< if not, the image stays as it is, whatever else stands here
  float shift_x = 0;    ///< pixels to the right
  float shift_y = 0;    ///< pixels down
  float rotation = 0;   ///< degrees, clockwise as the image is shown
  float scale_x = 1;
  float scale_y = 1;
  float shear = 0;
  bool elastic = false;
  float thickness = 0;
  float blur = 0;
  float factor = 1;
  float gamma = 1;
  float noise = 0;
  // The rectangle that is erased; empty if the width is 0.
  std::size_t erased_x = 0;
  std::size_t erased_y = 0;
  std::size_t erased_width = 0;
  std::size_t erased_height = 0;
};

/// The random words that a draw takes.
constexpr std::size_t augment_draw_words = 32;

AugmentDraw draw_augmentation(const Augmentation& augmentation, const Shape& shape,
                              std::span<const std::uint32_t, augment_draw_words> words);

/// Where the pixel (x, y) of the changed image comes from, without elastic: (xx x + xy y + x0, yx x + yy y +
/// y0).
struct SourceMap {
  float xx = 1;
  float xy = 0;
  float x0 = 0;
  float yx = 0;
  float yy = 1;
  float y0 = 0;
};

/// An image is scaled, sheared and rotated around its middle, then shifted: this is the way back.
SourceMap source_map(const AugmentDraw& draw, std::size_t height, std::size_t width);

}  // namespace scrawl
