#pragma once

#include "scrawl/shape.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

/// An image with what stands above it.
struct Tile {
  std::span<const std::uint8_t> pixels;  ///< channels * height * width bytes
  std::string caption = {};              ///< one line of ASCII, else '?'; cut where it has no room
  bool wrong = false;                    ///< framed, and its caption is in another colour
};

/// A gallery may have so many tiles ...
constexpr std::size_t most_tiles = 1000;
/// ... and so many pixels along a side.
constexpr std::size_t most_gallery_side = 32768;

/// How pictures call class `c`: by its name where that is printable ASCII, otherwise as "#3". The letters of
/// pictures are part of scrawl, so that pictures do not depend on the fonts of a machine, and they are ASCII
/// only. A class beyond `classes` is called by its plain number.
std::string picture_class_name(std::span<const std::string> classes, std::size_t c);

/// What stands in pictures for names that they cannot show, a line for each: "#3: NAME". Control characters
/// are escaped. Empty where pictures show all names.
std::vector<std::string> picture_legend(std::span<const std::string> classes);

/// Writes images in rows of `columns` as a PNG file, whole or not at all. Images of one and three channels
/// are grey and in colour; of others the mean of the channels is shown. They are enlarged by a whole factor
/// to about 112 pixels, or made smaller where they have more than 224. A plain vector is shown as a square
/// where it can be one. Equal galleries give equal files. Throws Error(invalid_argument) for no or more than
/// most_tiles tiles, for a tile of another size than the shape, for columns = 0 and for too large a gallery;
/// Error(io) where the file cannot be written.
void write_gallery(const std::filesystem::path& path, const Shape& shape, std::span<const Tile> tiles,
                   std::size_t columns);

}  // namespace scrawl
#pragma GCC visibility pop
