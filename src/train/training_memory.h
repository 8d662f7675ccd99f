#pragma once

#include "scrawl/recipe.h"

#include <cstddef>

namespace scrawl {

/// Throws Error(io) where training this recipe with so many images a step needs more memory than is free.
/// What is counted is sure to be allocated: the parameters, their gradients, what the optimizer and an
/// average keep of each, and the outputs of dense layers and convolutions for one batch.
void require_training_memory(const Recipe& recipe, std::size_t batch);

}  // namespace scrawl
