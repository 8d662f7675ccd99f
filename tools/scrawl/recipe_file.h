#pragma once

#include "scrawl/recipe.h"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace scrawl::tool {

/// The names of the recipes that came with scrawl, in order: they lie in ../share/scrawl/recipes, seen from
/// the program. None where they are not there.
std::vector<std::string> known_recipes();

/// `given` itself, or the known recipe of that name if there is no such file. Throws Error(not_found) with
/// all names for a plain word that is neither.
std::filesystem::path recipe_file(const std::filesystem::path& given);

/// The same, but anything that is no known recipe's name means itself.
std::filesystem::path file_or_recipe(const std::filesystem::path& given);

/// What --set gives.
std::vector<RecipeOverride> to_overrides(const std::vector<std::string>& assignments);

/// The recipe that a file's bytes are. A file that is something else is refused as what it is.
Recipe recipe_in(std::span<const std::byte> bytes, const std::filesystem::path& file);

}  // namespace scrawl::tool
