#pragma once

#include "scrawl/shape.h"

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

/// An image as lines of text, bright ink on dark ground. Channels are averaged; an image of more than 100
/// columns is drawn smaller. REQUIRES image.size() == shape.size().
std::vector<std::string> draw(std::span<const std::uint8_t> image, const Shape& shape, Shades shades);

/// "########": `width` marks for 1, and in proportion; none for what is no fraction.
std::string bar(double fraction, std::size_t width);

}  // namespace scrawl::tool
