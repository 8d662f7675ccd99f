#pragma once

#include "scrawl/recipe.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scrawl {

/// Throws Error(invalid_argument), with the key, for invalid values. A program's recipe needs no name.
void check_recipe(const Recipe& recipe);

void check_name(const Recipe& recipe);  ///< which a file needs

/// The keys ("section.key") and TOML values of a text from to_toml, in order. Accepts unknown keys, which
/// other versions and programs with custom layers write. Throws Error(bad_data) for invalid TOML.
std::vector<std::pair<std::string, std::string>> recipe_keys(std::string_view text, const std::string& file);

}  // namespace scrawl
