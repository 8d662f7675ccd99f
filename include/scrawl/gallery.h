#pragma once

#include "scrawl/shape.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#pragma GCC visibility push(default)
namespace scrawl {

/// An image with what stands above it.
struct Tile {
  std::span<const std::uint8_t> pixels;  ///< channels * height * width bytes
  std::string caption = {};              ///< one line of ASCII; cut where it has no room
  bool wrong = false;                    ///< framed, and its caption is in another colour
};

/// A gallery may have so many tiles ...
constexpr std::size_t most_tiles = 1000;
/// ... and so many pixels along a side.
constexpr std::size_t most_gallery_side = 32768;

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
