#include "report/sheet.h"

#include "scrawl/error.h"
#include "scrawl/report.h"

#include "base/rounding.h"

#include <algorithm>

#include <fmt/format.h>

namespace scrawl {
namespace {

constexpr std::size_t column_gap = 16;
constexpr std::size_t row_gap = 18;
constexpr std::size_t caption_gap = 5;
constexpr std::size_t frame_width = 3;
constexpr std::size_t least_side = 12;  // of a picture, so that a vector is more than a line

void fill(ColourImage& image, std::size_t left, std::size_t top, std::size_t width, std::size_t height,
          const Colour& colour) {
  for (std::size_t y = top; y < top + height; ++y)
    for (std::size_t x = left; x < left + width; ++x) image.set(x, y, colour);
}

}  // namespace

PictureScale::PictureScale(const Shape& shape, std::size_t side) : shape_(shape) {
  const std::size_t larger = std::max(shape.width, shape.height);
  reduction_ = divided_up(larger, 2 * side);
  rows_ = divided_up(shape.height, reduction_);
  columns_ = divided_up(shape.width, reduction_);
  const std::size_t factor = std::max<std::size_t>(side / larger, 1);
  cell_width_ = std::max(factor, divided_up(least_side, columns_));
  cell_height_ = std::max(factor, divided_up(least_side, rows_));
}

Sheet::Sheet(const Layout& layout, const TextDrawing& text) : layout_(layout), text_(text) {
  const std::size_t rows = divided_up(layout.pictures, layout.columns);
  const std::size_t wanted = layout.columns * (cell_width() + column_gap) - column_gap;
  const std::size_t width = std::max(wanted, layout.least_width) + 2 * margin;
  const std::size_t height = layout.header_height + rows * row_height() - row_gap + 2 * margin;
  if (width > most_gallery_side || height > most_gallery_side)
    throw Error(ErrorCode::invalid_argument,
                fmt::format("{} pictures in {} columns would be {}x{} pixels in all, and a gallery may have "
                            "{} along a side; take fewer pictures or {} columns",
                            layout.pictures, layout.columns, width, height, most_gallery_side,
                            width > most_gallery_side ? "fewer" : "more"));
  image = ColourImage::filled(width, height, paper);
}

std::size_t Sheet::cell_width() const { return std::max(layout_.picture_width, layout_.caption_width); }

std::size_t Sheet::row_height() const {
  return text_.line_height() + caption_gap + layout_.picture_height + row_gap;
}

Sheet::Place Sheet::place(std::size_t i) const {
  return {margin + i % layout_.columns * (cell_width() + column_gap), margin + layout_.header_height +
                                                                          i / layout_.columns * row_height() +
                                                                          text_.line_height() + caption_gap};
}

void Sheet::write_caption(std::size_t i, std::string_view text, const Colour& colour) {
  const Place corner = place(i);
  text_.draw(image, text_.fitted(text, cell_width()), corner.left,
             corner.top - caption_gap - text_.line_height(), colour);
}

void Sheet::frame(std::size_t i, const Colour& colour) {
  const auto [left, top] = place(i);
  const std::size_t width = layout_.picture_width + 2 * frame_width;
  const std::size_t height = layout_.picture_height;
  fill(image, left - frame_width, top - frame_width, width, frame_width, colour);
  fill(image, left - frame_width, top + height, width, frame_width, colour);
  fill(image, left - frame_width, top, frame_width, height, colour);
  fill(image, left + layout_.picture_width, top, frame_width, height, colour);
}

}  // namespace scrawl
