#pragma once

#include "scrawl/dataset.h"
#include "scrawl/preprocessing.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace scrawl::tool {

/// The images `indices` of `data`, each followed by `versions` changed ones: those of the training steps 0,
/// 1,
/// ... of a run with this seed, should they show it.
Dataset with_augmented(const DatasetView& data, std::span<const std::size_t> indices,
                       const Augmentation& augmentation, std::uint64_t seed, std::size_t versions);

}  // namespace scrawl::tool
