#pragma once

#include "scrawl/network.h"
#include "scrawl/report.h"

#include "image/colour_image.h"

#include <optional>

namespace scrawl {

/// What write_gallery writes.
ColourImage draw_gallery(const Shape& shape, std::span<const Tile> tiles, std::size_t columns);

/// The weights of the first layer, if it is dense or a convolution: a picture for each output, at most
/// most_weight_tiles, with blue for negative, white for 0 and orange for positive weights on one scale, shown
/// above. Several input channels are averaged. nullopt for other layers and inputs that are not pictures.
std::optional<ColourImage> draw_weights(const Network& network);

constexpr std::size_t most_weight_tiles = 100;

}  // namespace scrawl
