#pragma once

#include "scrawl/recipe.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scrawl {

/// Throws Error(invalid_argument) with the key for values that make no sense together or alone. A recipe that
/// a program made need not have a name to be trained.
void check_recipe(const Recipe& recipe);

/// The same for the name, which a file needs.
void check_name(const Recipe& recipe);

/// "section.key" and its value as TOML, in the order of the lines, of what to_toml has written. Knows no key:
/// other versions, and programs with layers of their own, write what parse_recipe refuses. Throws
/// Error(bad_data) for what is not TOML.
std::vector<std::pair<std::string, std::string>> recipe_keys(std::string_view text, const std::string& file);

}  // namespace scrawl
