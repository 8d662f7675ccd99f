#include "recipe_file.h"

#include "scrawl/error.h"

#include "base/text.h"

#include <algorithm>
#include <string_view>
#include <system_error>

namespace scrawl::tool {
namespace {

namespace fs = std::filesystem;

fs::path recipes_folder() {
  std::error_code problem;
  const fs::path program = fs::read_symlink("/proc/self/exe", problem);
  return problem ? fs::path() : program.parent_path().parent_path() / "share/scrawl/recipes";
}

bool is_plain_word(const fs::path& given) { return !given.has_parent_path() && !given.has_extension(); }

}  // namespace

std::vector<std::string> known_recipes() {
  std::vector<std::string> names;
  std::error_code problem;
  for (fs::directory_iterator entry(recipes_folder(), problem), end; !problem && entry != end;
       entry.increment(problem))
    if (entry->path().extension() == ".toml") names.push_back(entry->path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

fs::path file_or_recipe(const fs::path& given) {
  std::error_code ignored;
  if (!is_plain_word(given) || fs::is_regular_file(given, ignored)) return given;
  const fs::path known = recipes_folder() / (given.string() + ".toml");
  return fs::is_regular_file(known, ignored) ? known : given;
}

fs::path recipe_file(const fs::path& given) {
  fs::path file = file_or_recipe(given);
  std::error_code ignored;
  if (!is_plain_word(file) || fs::exists(file, ignored)) return file;
  const auto names = known_recipes();
  if (names.empty()) return file;
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const std::string near = nearest(given.string(), candidates);
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  throw Error(ErrorCode::not_found,
              "is neither a file nor the name of a recipe" +
                  (near.empty() ? "" : " (did you mean '" + near + "'?)") +
                  "; the recipes that come with scrawl are " + list,
              given.string());
}

}  // namespace scrawl::tool
