#pragma once

#include "scrawl/arrays.h"

#include "image/colour_image.h"
#include "image/text_drawing.h"

#include <cstddef>
#include <string_view>

namespace scrawl {

/// How large a picture of some shape is shown: squares of `reduction` pixels a side become one cell, and that
/// is drawn `cell_width` x `cell_height` pixels large.
class PictureScale {
 public:
  /// Enlarged by a whole factor to at most `side` pixels, or made smaller to at most twice that.
  PictureScale(const Shape& shape, std::size_t side);

  std::size_t width() const { return columns_ * cell_width_; }
  std::size_t height() const { return rows_ * cell_height_; }

  /// Draws at (left, top) colour_of(mean) for each cell; mean(channel) averages value(channel, y, x) over it.
  template <class Value, class ColourOf>
  void draw(ColourImage& image, std::size_t left, std::size_t top, const Value& value,
            const ColourOf& colour_of) const {
    for (std::size_t row = 0; row < rows_; ++row)
      for (std::size_t column = 0; column < columns_; ++column) {
        const auto mean = [&](std::size_t channel) { return mean_of(value, channel, row, column); };
        const Colour colour = colour_of(mean);
        for (std::size_t y = 0; y < cell_height_; ++y)
          for (std::size_t x = 0; x < cell_width_; ++x)
            image.set(left + column * cell_width_ + x, top + row * cell_height_ + y, colour);
      }
  }

 private:
  template <class Value>
  double mean_of(const Value& value, std::size_t channel, std::size_t row, std::size_t column) const {
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t y = row * reduction_; y < (row + 1) * reduction_ && y < shape_.height; ++y)
      for (std::size_t x = column * reduction_; x < (column + 1) * reduction_ && x < shape_.width; ++x) {
        sum += value(channel, y, x);
        ++count;
      }
    return sum / static_cast<double>(count);
  }

  Shape shape_;
  std::size_t reduction_ = 1;
  std::size_t rows_, columns_;
  std::size_t cell_width_, cell_height_;
};

/// A page of equal pictures in rows, each with a caption above it.
class Sheet {
 public:
  struct Layout {
    std::size_t pictures = 0;
    std::size_t columns = 0;
    std::size_t picture_width = 0;
    std::size_t picture_height = 0;
    std::size_t caption_width = 0;  ///< room for captions wider than a picture
    std::size_t header_height = 0;  ///< room above all rows
    std::size_t least_width = 0;    ///< of the page without its margins
  };
  struct Place {
    std::size_t left = 0;
    std::size_t top = 0;
  };

  static constexpr Colour paper = {246, 246, 243};
  static constexpr Colour ink = {56, 56, 56};
  // Dark orange, which no colour-blindness makes grey.
  static constexpr Colour warning = {179, 71, 0};
  static constexpr std::size_t margin = 16;  // around the page

  /// Throws Error(invalid_argument) for more than most_gallery_side pixels along a side.
  Sheet(const Layout& layout, const TextDrawing& text);

  /// The left upper corner of picture i.
  Place place(std::size_t i) const;
  void write_caption(std::size_t i, std::string_view text, const Colour& colour);
  /// A line around picture i.
  void frame(std::size_t i, const Colour& colour);

  ColourImage image;

 private:
  std::size_t cell_width() const;
  std::size_t row_height() const;  // from one row of pictures to the next

  Layout layout_;
  const TextDrawing& text_;
};

}  // namespace scrawl
