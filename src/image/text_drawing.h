#pragma once

#include "image/colour_image.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct L_Bmf;

namespace scrawl {

/// Draws lines of text with the letters that are compiled into Leptonica (Palatino), made smaller for smooth
/// edges; no font file is needed. It has the printable characters of ASCII; every other one, however many
/// bytes it takes in UTF-8, is drawn as '?'. Lines of more than 1000 characters are cut.
class TextDrawing {
 public:
  /// Letters of about 12 pixels (normal) or 16 pixels (large) from the baseline to the top of an H.
  enum class Size { normal, large };

  /// Takes some 20 ms, for the letters are kept compressed. Throws std::bad_alloc.
  explicit TextDrawing(Size size = Size::normal);

  /// The pixels from one line of text to the next.
  std::size_t line_height() const;
  /// The pixels that draw() needs for the text.
  std::size_t width(std::string_view text) const;
  /// The text itself if it is no wider than this, otherwise its beginning and "...", or "" if that does not
  /// fit.
  std::string fitted(std::string_view text, std::size_t most_width) const;

  /// Draws one line, line_height() pixels high, from its upper left corner, clipped to the picture.
  void draw(ColourImage& image, std::string_view text, std::size_t left, std::size_t top,
            const Colour& colour) const;

 private:
  struct Release {
    void operator()(L_Bmf* letters) const;
  };
  std::unique_ptr<L_Bmf, Release> letters_;
};

}  // namespace scrawl
