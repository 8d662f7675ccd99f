#pragma once

#include "scrawl/dataset.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace scrawl {

/// Whether images come class by class, as those of a folder of pictures do: each class in one run, or hardly
/// more. Its first and last images are then of few classes.
bool is_sorted_by_class(std::span<const std::uint8_t> labels);

/// Draws `count` of the images that `from` names (ascending), in each class its share: the whole part of
/// count * class / all, and one more where the remainders are largest. No class loses its last image as long
/// as another can give one. Returns the numbers, ascending. A function of the seed, the labels and `from`;
/// REQUIRES count <= from.size().
std::vector<std::uint32_t> draw_stratified(std::span<const std::uint8_t> labels,
                                           std::span<const std::uint32_t> from, std::size_t count,
                                           std::uint64_t seed);

/// Puts images that come class by class into an order of the seed's.
void shuffle_images(std::span<std::uint32_t> images, std::uint64_t seed);

/// The images of `data` that `numbers` name, in this order.
Dataset select_images(const DatasetView& data, std::span<const std::uint32_t> numbers);
/// The same with the name, the checksum and the names of the classes of `data`.
Dataset select_images(const Dataset& data, std::span<const std::uint32_t> numbers);

}  // namespace scrawl
