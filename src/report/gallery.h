#pragma once

#include "scrawl/network.h"
#include "scrawl/report.h"

#include "image/colour_image.h"

#include <optional>

namespace scrawl {

/// What write_gallery writes.
ColourImage draw_gallery(const Shape& shape, std::span<const Tile> tiles, std::size_t columns);

/// The first layer's weights, if it is dense or a convolution: for each of its outputs, at most
/// most_weight_tiles, a picture of the input, or of a convolution's window, with blue for negative weights,
/// white for 0 and orange for positive ones, all on one scale, which stands above them. Of an input with
/// several channels the mean over them is shown. nullopt where the first layer has no weights or its input
/// is no picture.
std::optional<ColourImage> draw_weights(const Network& network);

constexpr std::size_t most_weight_tiles = 100;

}  // namespace scrawl
