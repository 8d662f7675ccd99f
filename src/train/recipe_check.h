#pragma once

#include "scrawl/recipe.h"

#include <string>

namespace scrawl {

/// Throws Error(invalid_argument) with the key for values that make no sense together or alone. A recipe that
/// a program made need not have a name to be trained.
void check_recipe(const Recipe& recipe);

/// The same for the name, which a file needs.
void check_name(const Recipe& recipe);

/// `text` as TOML writes it: in quotes, with escapes.
std::string toml_text(const std::string& text);

}  // namespace scrawl
