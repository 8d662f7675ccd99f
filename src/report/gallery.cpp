#include "report/gallery.h"

#include "scrawl/error.h"

#include "base/files.h"
#include "base/text.h"
#include "image/png.h"
#include "report/sheet.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace scrawl {
namespace {

constexpr std::size_t picture_side = 112;
constexpr std::size_t widest_caption = 200;

std::uint8_t to_byte(double value) { return static_cast<std::uint8_t>(std::lround(value)); }

void check(const Shape& shape, std::span<const Tile> tiles, std::size_t columns) {
  if (tiles.empty() || tiles.size() > most_tiles)
    throw Error(ErrorCode::invalid_argument,
                fmt::format("a gallery has 1 to {} images, and {} were given", most_tiles, tiles.size()));
  if (columns == 0)
    throw Error(ErrorCode::invalid_argument, "a gallery needs at least one column of images; 0 were given");
  for (std::size_t i = 0; i < tiles.size(); ++i)
    if (shape.size() == 0 || tiles[i].pixels.size() != shape.size())
      throw Error(ErrorCode::invalid_argument,
                  fmt::format("image {} of the gallery has {} bytes, and images of {} have {}", i,
                              tiles[i].pixels.size(), to_string(shape), shape.size()));
}

void draw_pixels(ColourImage& image, const Sheet::Place& place, const PictureScale& scale, const Shape& shape,
                 std::span<const std::uint8_t> pixels) {
  const auto value = [&](std::size_t channel, std::size_t y, std::size_t x) {
    return static_cast<double>(pixels[(channel * shape.height + y) * shape.width + x]);
  };
  scale.draw(image, place.left, place.top, value, [&](const auto& mean) {
    if (shape.channels == 3) return Colour{to_byte(mean(0)), to_byte(mean(1)), to_byte(mean(2))};
    double sum = 0;
    for (std::size_t channel = 0; channel < shape.channels; ++channel) sum += mean(channel);
    const std::uint8_t grey = to_byte(sum / static_cast<double>(shape.channels));
    return Colour{grey, grey, grey};
  });
}

bool can_be_drawn(std::string_view name) {
  return !trimmed(name).empty() &&
         std::all_of(name.begin(), name.end(), [](char byte) { return byte >= ' ' && byte <= '~'; });
}

}  // namespace

std::string picture_class_name(std::span<const std::string> classes, std::size_t c) {
  if (c >= classes.size()) return std::to_string(c);
  return can_be_drawn(classes[c]) ? classes[c] : "#" + std::to_string(c);
}

std::vector<std::string> picture_legend(std::span<const std::string> classes) {
  std::vector<std::string> lines;
  for (std::size_t c = 0; c < classes.size(); ++c)
    if (!can_be_drawn(classes[c]))
      lines.push_back(picture_class_name(classes, c) + ": " +
                      printable(classes[c], std::numeric_limits<std::size_t>::max()));
  return lines;
}

ColourImage draw_gallery(const Shape& shape, std::span<const Tile> tiles, std::size_t columns) {
  check(shape, tiles, columns);
  const Shape seen = picture_shape(shape);
  const PictureScale scale(seen, picture_side);
  const TextDrawing text;
  std::size_t caption_width = 0;
  for (const auto& tile : tiles) caption_width = std::max(caption_width, text.width(tile.caption));
  Sheet sheet({.pictures = tiles.size(),
               .columns = std::min(columns, tiles.size()),
               .picture_width = scale.width(),
               .picture_height = scale.height(),
               .caption_width = std::min(caption_width, widest_caption)},
              text);
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const Colour& colour = tiles[i].wrong ? Sheet::warning : Sheet::ink;
    sheet.write_caption(i, tiles[i].caption, colour);
    draw_pixels(sheet.image, sheet.place(i), scale, seen, tiles[i].pixels);
    if (tiles[i].wrong) sheet.frame(i, colour);
  }
  return std::move(sheet.image);
}

void write_gallery(const std::filesystem::path& path, const Shape& shape, std::span<const Tile> tiles,
                   std::size_t columns) {
  write_file(path, encode_png(draw_gallery(shape, tiles, columns)));
}

}  // namespace scrawl
