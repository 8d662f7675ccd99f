#pragma once

#include "scrawl/recipe.h"

#include <cstddef>

namespace scrawl {

/// Throws Error(io) if training with `batch` images per step certainly needs more memory than is free: for
/// parameters, gradients, optimizer, average, and outputs of dense layers and convolutions.
void require_training_memory(const Recipe& recipe, std::size_t batch);

}  // namespace scrawl
