#pragma once

#include "scrawl/preprocessing.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace scrawl {

/// The changes of one image.
struct AugmentDraw {
  bool changes = true;  ///< if false, the image stays unchanged
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
  std::size_t erased_x = 0;
  std::size_t erased_y = 0;
  std::size_t erased_width = 0;
  std::size_t erased_height = 0;
};

constexpr std::size_t augment_draw_words = 32;  ///< random words per draw

AugmentDraw draw_augmentation(const Augmentation& augmentation, const Shape& shape,
                              std::span<const std::uint32_t, augment_draw_words> words);

/// The source of pixel (x, y) without elastic: (xx x + xy y + x0, yx x + yy y + y0).
struct SourceMap {
  float xx = 1;
  float xy = 0;
  float x0 = 0;
  float yx = 0;
  float yy = 1;
  float y0 = 0;
};

/// The inverse of scaling, shearing and rotating an image around its middle, and then shifting it.
SourceMap source_map(const AugmentDraw& draw, std::size_t height, std::size_t width);

}  // namespace scrawl
