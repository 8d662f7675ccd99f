#pragma once

#include "scrawl/recipe.h"

#include <string>

namespace scrawl {

/// Throws Error(invalid_argument) with `file` and the key for values that make no sense together or alone.
void check_recipe(const Recipe& recipe, const std::string& file);

/// `text` as TOML writes it: in quotes, with escapes.
std::string toml_text(const std::string& text);

}  // namespace scrawl
