#include "command.h"

#include "scrawl/data_files.h"

#include "numbers.h"
#include "recipe_file.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace scrawl::tool {

const std::vector<Section> sections = {
    {"Environment",
     {"SCRAWL_TARGET=scalar|avx2|avx3 selects an instruction set; all give the same bits",
      "XDG_CACHE_HOME is the folder for downloaded data sets", "NO_COLOR turns colours off"}},
    {"Exit status",
     {"0 success", "1 a check failed", "2 wrong usage or recipe", "3 a file is malformed or unsupported",
      "4 a file cannot be found, read or written", "5 no download source answered",
      "128 + N stopped by signal N, such as 130 by Ctrl-C"}}};

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument: return wrong_usage;
    case ErrorCode::bad_data:
    case ErrorCode::unsupported: return bad_input;
    case ErrorCode::not_found:
    case ErrorCode::io: return system_trouble;
    case ErrorCode::download: return nothing_fetched;
  }
  return system_trouble;
}

CLI::App* CommandLine::add(CLI::App& parent, const char* name, const char* description, Guide guide) {
  CLI::App* command = parent.add_subcommand(name, description);
  std::string footer = guide.notes + (guide.examples.empty() ? "" : "Examples:\n" + guide.examples);
  command->footer(footer.substr(0, footer.find_last_not_of('\n') + 1));
  guides[command] = std::move(guide);
  return command;
}

UnpackLimits CommandLine::limits() const {
  UnpackLimits limits;
  if (const auto* option = app.get_option("--unpack-limit"); option->count() > 0)
    limits.most_bytes = option->as<std::uint64_t>();
  if (const auto* option = app.get_option("--unpack-ratio"); option->count() > 0)
    limits.most_ratio = option->as<std::uint64_t>();
  return limits;
}

std::vector<std::string> choices(const std::string& type) {
  if (type == "PART") return {"train", "validation", "test"};
  if (type == "SHELL") return {"bash", "zsh", "fish"};
  if (type == "LOSS") return {"softmax-cross-entropy", "squared-error", "multiclass-hinge"};
  return {};
}

ValueType value_type(const std::string& name) {
  const auto is_one_of = [&](std::initializer_list<const char*> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (auto words = choices(name); !words.empty()) return {.words = std::move(words)};
  if (name == "ORDER") return {.words = {"in-out", "out-in"}};
  if (name == "KIND")
    return {.words = {"plain", "lined", "squared", "boxed", "table", "form", "sudoku", "none"}};
  if (name == "COLUMN") return {.words = {"first", "last"}};
  if (name == "FORMAT") return {.words = {"onnx", "safetensors", "npz", "header"}};
  if (name == "DATA-FORMAT")
    return {.words = {"idx", "idx.gz", "npz", "npy", "csv", "csv.gz", "pkl", "pkl.gz", "pictures"}};
  if (name == "RECIPE") return {.words = known_recipes(), .files = true};
  if (is_one_of({"SET", "DATA", "DIGITS"})) {
    const auto sets = known_datasets();
    ValueType type{.words = {sets.begin(), sets.end()}, .files = name != "SET"};
    if (name == "DIGITS") type.words.emplace_back("strokes");
    return type;
  }
  return {.files = is_one_of({"FILE", "MODEL", "PICTURE", "NUMBER|FILE"}),
          .folders = is_one_of({"DIR", "RUN"})};
}

CLI::Option* typed(CLI::Option* option, const char* type) {
  if (const auto words = choices(type); !words.empty()) {
    CLI::Validator one_of = CLI::IsMember(words);
    option->check(one_of.description(""));
  }
  return option->type_name(type);
}

CLI::Option* add_threads(CLI::App* command, std::size_t& threads, const char* help) {
  return add_value(command, "--threads", "N", threads, help)->check(whole_number(1, 1024));
}

CLI::Option* add_overrides(CLI::App* command, std::vector<std::string>& overrides, const char* help) {
  return add_value(command, "--set", "KEY=VALUE", overrides, help)->allow_extra_args(false);
}

std::string path_of(const CLI::App& command) {
  const auto* parent = command.get_parent();
  return (parent == nullptr ? "" : path_of(*parent) + " ") + command.get_name();
}

std::vector<const CLI::App*> subcommands(const CLI::App& command) {
  return command.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); });
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const auto& name : option.get_snames()) names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) names.push_back("--" + name);
  if (names.empty()) names.push_back(option.get_name(true));
  return names;
}

std::string type_of(const CLI::Option& option) {
  return option.get_items_expected_max() == 0 ? "" : option.get_type_name();
}

}  // namespace scrawl::tool
