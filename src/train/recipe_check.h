#pragma once

#include "scrawl/recipe.h"

#include <string>

namespace scrawl {

/// Throws Error(invalid_argument) with `file` and the key for values that make no sense together or alone.
void check_recipe(const Recipe& recipe, const std::string& file);

}  // namespace scrawl
