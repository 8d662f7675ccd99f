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

/// An image with the caption above it.
struct Tile {
  std::span<const std::uint8_t> pixels;  ///< channels * height * width bytes
  std::string caption = {};              ///< one line of ASCII, other characters become '?'; cut if too long
  bool wrong = false;                    ///< draws a frame, and the caption in another colour
};

/// The largest number of tiles in a gallery ...
constexpr std::size_t most_tiles = 1000;
/// ... and the largest number of pixels per side.
constexpr std::size_t most_gallery_side = 32768;

/// The name of class `c` in pictures: its name if it is printable ASCII, otherwise "#3". scrawl has its own
/// letters, ASCII only, so pictures do not depend on the fonts of a machine. A class beyond `classes` is
/// shown as its number.
std::string picture_class_name(std::span<const std::string> classes, std::size_t c);

/// The names that pictures cannot show, one per line: "#3: NAME". Control characters are escaped. Empty if
/// pictures show all names.
std::vector<std::string> picture_legend(std::span<const std::string> classes);

/// Writes images in rows of `columns` as a PNG file, which is complete or does not exist. Images of one and
/// three channels are shown in grey and in colour; of others the mean of the channels is shown. They are
/// enlarged by an integer factor to about 112 pixels, or reduced if they have more than 224. A plain vector
/// is shown as a square if its size allows. Equal galleries give equal files. Throws Error(invalid_argument)
/// for no tiles or more than most_tiles, for a tile whose size differs from the shape, for columns = 0 and
/// for a gallery that is too large; Error(io) if the file cannot be written.
void write_gallery(const std::filesystem::path& path, const Shape& shape, std::span<const Tile> tiles,
                   std::size_t columns);

}  // namespace scrawl
#pragma GCC visibility pop
