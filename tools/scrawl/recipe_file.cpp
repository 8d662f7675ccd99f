#include "recipe_file.h"

#include "scrawl/error.h"
#include "scrawl/exchange.h"

#include "base/file_system.h"
#include "base/text.h"

#include <algorithm>
#include <string_view>

namespace scrawl::tool {
namespace {

namespace fs = std::filesystem;

fs::path recipes_folder() {
  return real_path("/proc/self/exe").parent_path().parent_path() / "share/scrawl/recipes";
}

bool is_plain_word(const fs::path& given) { return !given.has_parent_path() && !given.has_extension(); }

/// Whether the bytes may be a recipe: no text holds control characters but those of lines and tabs.
bool is_text(std::string_view bytes) {
  return std::none_of(bytes.begin(), bytes.end(), [](unsigned char c) {
    return c == 0x7f || (c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f');
  });
}

}  // namespace

std::vector<std::string> known_recipes() {
  std::vector<std::string> names;
  if (!is_folder(recipes_folder())) return names;
  for (const auto& entry : list_folder(recipes_folder()))
    if (entry.extension() == ".toml") names.push_back(entry.stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

fs::path file_or_recipe(const fs::path& given) {
  if (!is_plain_word(given) || is_file(given)) return given;
  const fs::path known = recipes_folder() / (given.string() + ".toml");
  return is_file(known) ? known : given;
}

fs::path recipe_file(const fs::path& given) {
  fs::path file = file_or_recipe(given);
  if (!is_plain_word(file) || file_exists(file)) return file;
  const auto names = known_recipes();
  if (names.empty()) return file;
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const std::string near = nearest(given.string(), candidates);
  throw Error(ErrorCode::not_found,
              "is neither a file nor the name of a recipe" +
                  (near.empty() ? "" : " (did you mean '" + near + "'?)") +
                  "; the recipes that come with scrawl are " + joined(names),
              given.string());
}

std::vector<RecipeOverride> to_overrides(const std::vector<std::string>& assignments) {
  std::vector<RecipeOverride> overrides;
  overrides.reserve(assignments.size());
  for (const auto& assignment : assignments) overrides.push_back({assignment});
  return overrides;
}

Recipe recipe_in(std::span<const std::byte> bytes, const fs::path& file) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::string remedy = "scrawl data info says what a data set holds";
  if (is_text(text) && !text.empty()) {
    try {
      return parse_recipe(text, file.string());
    } catch (const Error& error) {
      if (file.extension() == ".toml") throw;
      remedy = "if it is a recipe: " + error.message();
    }
  }
  throw Error(ErrorCode::bad_data, wrong_file_message(bytes, "a model, a recipe or weights", remedy),
              file.string());
}

}  // namespace scrawl::tool
