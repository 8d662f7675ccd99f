#include "report/run_facts.h"

#include "scrawl/error.h"
#include "scrawl/report.h"

#include "base/files.h"
#include "train/recipe_check.h"

#include <algorithm>

namespace scrawl {
namespace {

using std::filesystem::path;

constexpr std::uint64_t most_small_file = std::uint64_t{1} << 20;
constexpr std::size_t most_keys = 1000;  // many times what a recipe has

}  // namespace

std::string RunFacts::recipe_value(std::string_view key) const {
  const auto found = std::find_if(recipe_keys.begin(), recipe_keys.end(),
                                  [&](const auto& pair) { return pair.first == key; });
  if (found == recipe_keys.end()) return "";
  const std::string& value = found->second;
  const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  return quoted ? value.substr(1, value.size() - 2) : value;
}

bool holds_run(const path& folder) { return is_file(RunFolder(folder).recipe); }

RunFacts read_run(const path& folder) {
  if (!holds_run(folder))
    throw Error(
        ErrorCode::not_found,
        "holds no run: there is no recipe.toml in it; name a folder that scrawl train has made, such as "
        "runs/two-layer",
        folder.string());
  const RunFolder run(folder);
  RunFacts facts{.folder = folder, .result = run.read_result()};
  const path plain = folder.lexically_normal();
  facts.name = (plain.has_filename() ? plain : plain.parent_path()).filename().string();
  if (facts.name.empty() || facts.name == "." || facts.name == "..")
    facts.name = absolute_path(folder).parent_path().filename().string();
  facts.recipe_text = read_text_file(run.recipe, most_small_file);
  facts.recipe_keys = recipe_keys(facts.recipe_text, run.recipe.string());
  if (facts.recipe_keys.size() > most_keys)
    throw Error(ErrorCode::bad_data,
                "has more than " + std::to_string(most_keys) +
                    " keys, and is not what scrawl wrote; take the file from a backup, or train again",
                run.recipe.string());
  // A pipe in its place would have no end.
  if (is_file(run.metrics)) facts.metrics = read_metrics(run.metrics);
  return facts;
}

}  // namespace scrawl
