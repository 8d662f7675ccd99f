#pragma once

#include "scrawl/arrays.h"
#include "scrawl/dataset.h"
#include "scrawl/evaluation.h"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace scrawl {

constexpr std::size_t most_sheet_images = 64;

/// The images of these indices in rows of eight, with grey lines between them. nullopt where there are none,
/// and for shapes that are no small grey picture: only H x W with sides of at most 256 has a sheet, and a
/// plain N whose root is whole counts as a square. REQUIRES at most most_sheet_images indices, below
/// images.size().
std::optional<GreyImage> contact_sheet(const DatasetView& images, std::span<const std::size_t> indices);

/// Images that the network misreads, at most `most`: the first, or of a set that comes class by class some
/// from all over it. Reads no further than it must.
std::vector<std::size_t> first_misread(Evaluator& evaluator, const Network& network,
                                       const DatasetView& images, std::size_t most);

}  // namespace scrawl
