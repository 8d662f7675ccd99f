#pragma once

#include "scrawl/arrays.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace scrawl::tool {

/// How a picture becomes text. Either way a character stands for two pixels, one above the other, because
/// characters are about twice as high as wide.
enum class Shades {
  ascii,   ///< one of " .:-=+*#%@" for the mean of the two
  blocks,  ///< an upper half block in 256 colours, exact but for the number of greys; needs UTF-8
};

/// Blocks on a terminal that wants colours and reads UTF-8, otherwise ASCII.
Shades terminal_shades();

/// An image as lines of text, bright ink on dark ground. Channels are averaged; an image of more than
/// `most_columns` is drawn smaller. REQUIRES image.size() == shape.size(), most_columns > 0.
std::vector<std::string> draw(std::span<const std::uint8_t> image, const Shape& shape, Shades shades,
                              std::size_t most_columns = 100);

/// The columns that draw() fills.
std::size_t drawn_columns(const Shape& shape, std::size_t most_columns = 100);

/// Pieces of text of as many columns on a screen, the same number of lines each, from left to right.
struct Piece {
  std::string caption = {};  ///< one line, above the others; cut where it has no room
  bool marked = false;       ///< the caption stands out
  std::vector<std::string> lines = {};
};
std::vector<std::string> side_by_side(std::span<const Piece> pieces, std::size_t columns);

/// The columns of the terminal: what COLUMNS says, or the terminal itself; 80 where nothing does.
std::size_t terminal_columns();

/// "########": `width` marks for 1, and in proportion; none for what is no fraction.
std::string bar(double fraction, std::size_t width);

}  // namespace scrawl::tool
