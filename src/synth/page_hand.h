#pragma once

#include "scrawl/dataset.h"

#include "synth/canvas.h"
#include "synth/chance.h"
#include "synth/font.h"
#include "synth/page_plan.h"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace scrawl {

/// Where the digits of a page come from.
struct DigitSource {
  DatasetView images = {};
  std::array<std::vector<std::uint32_t>, 10> of_digit = {};  ///< the images with each label
  std::span<const Font> fonts = {};
};

/// The images of 28x28 with the labels 0 to 9; others are left out. The view and the fonts must outlive it.
DigitSource digit_source(const DatasetView& images, std::span<const Font> fonts);

/// How one person writes with one pen.
struct Hand {
  float bold = 0;      ///< added to the stroke, in units of its own darkness: -0.1 is thin, 0.25 thick
  float uneven = 0;    ///< deviation of the height of digits, as a share
  float touching = 0;  ///< the share of neighbours that touch
};

Hand draw_hand(float touching, Chance& chance);

/// A digit as it stands on the page: the middles of the pixels that it inks.
struct InkedDigit {
  char value;
  bool printed;
  std::vector<PenPoint> ink;
};

/// Writes a number on the canvas that its pen or press belongs to, from left to right.
std::vector<InkedDigit> write_number(Canvas& canvas, const PageNumber& number, const Hand& hand,
                                     const DigitSource& source, Chance& chance);

/// Writes letters, as many as the text is long.
void write_word(Canvas& canvas, const PageNumber& word, const Hand& hand, Chance& chance);

}  // namespace scrawl
