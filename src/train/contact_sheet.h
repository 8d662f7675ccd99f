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

/// The images of these indices in rows of eight, with grey lines between them; nullopt if there are none, or
/// if the shape is neither H x W with sides of at most 256 nor a plain square. REQUIRES at most
/// most_sheet_images indices, below images.size().
std::optional<GreyImage> contact_sheet(const DatasetView& images, std::span<const std::size_t> indices);

/// Up to `most` misread images: the first, or spread over a set sorted by class. Reads only as far as needed.
std::vector<std::size_t> first_misread(Evaluator& evaluator, const Network& network,
                                       const DatasetView& images, std::size_t most);

}  // namespace scrawl
