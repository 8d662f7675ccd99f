#pragma once

#include "synth/canvas.h"
#include "synth/chance.h"

#include <span>
#include <string_view>
#include <vector>

namespace scrawl {

/// A way to write a character by hand: strokes in a box of 10 x 10, y downwards. `shape` is text: strokes
/// with ';' between them, points "x,y" with a blank between; a stroke that begins with '~' is a curve (see
/// smooth()), where a point that stands twice is a corner.
struct Glyph {
  std::string_view name;  ///< "0" to "9", or a letter
  std::string_view shape;
};

/// All ways to write the ten digits, European ones among them, and letters that look like no digit.
std::span<const Glyph> digit_glyphs();
std::span<const Glyph> letter_glyphs();

/// The strokes of a glyph, not yet made smooth. REQUIRES a well-formed shape.
struct Stroke {
  std::vector<PenPoint> points = {};
  bool is_curve = false;
};
std::vector<Stroke> parse_strokes(std::string_view shape);

/// Writes it with a shaking hand: points moved, slanted, turned, with a pen of one or changing width.
GreyImage write_glyph(const Glyph& glyph, Chance& chance);

}  // namespace scrawl
