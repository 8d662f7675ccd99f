#include "report/run_facts.h"

#include "scrawl/error.h"
#include "scrawl/report.h"

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace scrawl {
namespace {

using std::filesystem::path;
using Json = nlohmann::json;

constexpr std::uint64_t most_small_file = std::uint64_t{1} << 20;
constexpr std::size_t most_keys = 1000;  // many times what a recipe has

/// recipe.toml was written by to_toml: sections, and one key a line. Other lines are passed over.
std::vector<std::pair<std::string, std::string>> keys_of(std::string_view recipe, const path& file) {
  std::vector<std::pair<std::string, std::string>> keys;
  std::string section;
  for (const auto line : split(recipe, '\n')) {
    const auto text = trimmed(line);
    const std::size_t equals = text.find(" = ");
    if (text.starts_with('[') && text.ends_with(']'))
      section = std::string(text.substr(1, text.size() - 2)) + ".";
    else if (equals != std::string_view::npos && !text.starts_with('#'))
      keys.emplace_back(section + std::string(text.substr(0, equals)), text.substr(equals + 3));
    if (keys.size() > most_keys)
      throw Error(ErrorCode::bad_data,
                  "has more than " + std::to_string(most_keys) +
                      " keys, and is not what scrawl wrote; take the file from a backup, or train again",
                  file.string());
  }
  return keys;
}

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<double> number_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}

Json parsed_result(const path& file) {
  std::string problem = "is not a result that scrawl wrote";
  try {
    Json json = parse_json(read_text_file(file, most_small_file), result_json_limits);
    if (json.is_object()) return json;
  } catch (const Error& error) {
    problem = error.message();
  }
  throw Error(ErrorCode::bad_data, problem + "; delete it, and scrawl train --resume makes it anew",
              file.string());
}

void read_result(const path& file, RunFacts& facts) {
  const Json json = parsed_result(file);
  facts.finished = true;
  const auto diverged = json.find("diverged");
  facts.diverged = diverged != json.end() && diverged->is_boolean() && diverged->get<bool>();
  facts.recipe = text_of(json, "recipe");
  facts.model = text_of(json, "model");
  facts.weights_sha256 = text_of(json, "weights_sha256");
  facts.parameters = number_of(json, "parameters");
  facts.test_accuracy = number_of(json, "test_accuracy");
  facts.validation_accuracy = number_of(json, "validation_accuracy");
  facts.train_accuracy = number_of(json, "train_accuracy");
  facts.reference_accuracy = number_of(json, "reference_accuracy");
  facts.reference_source = text_of(json, "reference_source");
  facts.train_seconds = number_of(json, "train_seconds");
  facts.images_per_second = number_of(json, "images_per_second");
}

}  // namespace

std::string RunFacts::recipe_value(std::string_view key) const {
  const auto found = std::find_if(recipe_keys.begin(), recipe_keys.end(),
                                  [&](const auto& pair) { return pair.first == key; });
  if (found == recipe_keys.end()) return "";
  const std::string& value = found->second;
  const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  return quoted ? value.substr(1, value.size() - 2) : value;
}

bool holds_run(const path& folder) { return is_file(folder / "recipe.toml"); }

RunFacts read_run(const path& folder) {
  RunFacts facts{.folder = folder};
  if (!holds_run(folder))
    throw Error(
        ErrorCode::not_found,
        "holds no run: there is no recipe.toml in it; name a folder that scrawl train has made, such as "
        "runs/two-layer",
        folder.string());
  const path recipe = folder / "recipe.toml";
  const path plain = folder.lexically_normal();
  facts.name = (plain.has_filename() ? plain : plain.parent_path()).filename().string();
  if (facts.name.empty() || facts.name == "." || facts.name == "..")
    facts.name = absolute_path(folder).parent_path().filename().string();
  facts.recipe_text = read_text_file(recipe, most_small_file);
  facts.recipe_keys = keys_of(facts.recipe_text, recipe);
  // A pipe in their place would have no end.
  if (const path metrics = folder / "metrics.csv"; is_file(metrics)) facts.metrics = read_metrics(metrics);
  if (const path result = folder / "result.json"; is_file(result)) read_result(result, facts);
  if (!facts.finished) {
    facts.recipe = facts.recipe_value("name");
    facts.model = facts.recipe_value("model.layers");
  }
  return facts;
}

}  // namespace scrawl
