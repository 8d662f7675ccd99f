#include "command_tree.h"

#include "scrawl/data_files.h"

#include "recipe_file.h"

#include <algorithm>

#include <CLI/CLI.hpp>

namespace scrawl::tool {
namespace {

/// Of a word that means nothing else to any shell.
bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
         c == '_';
}

/// "PART:{train,test}" is how CLI11 calls a value that must be one of a list.
std::vector<std::string> listed_by_check(const std::string& type) {
  const auto open = type.find('{');
  const auto close = type.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return {};
  return CLI::detail::split(type.substr(open + 1, close - open - 1), ',');
}

/// Descriptions list what may be given as "onnx, npz or header", alone or behind a colon.
std::vector<std::string> listed_in_words(const std::string& description) {
  std::string list = description.substr(0, description.find(" ("));
  if (const auto colon = list.rfind(": "); colon != std::string::npos) list.erase(0, colon + 2);
  if (const auto last = list.rfind(" or "); last != std::string::npos) list.replace(last, 4, ",");
  std::vector<std::string> words = CLI::detail::split(list, ',');
  for (auto& word : words) {
    CLI::detail::ltrim(word);
    if (word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") != std::string::npos) return {};
  }
  return words.size() > 1 ? words : std::vector<std::string>();
}

/// Where help calls a value FILE, DIR or DATA, it is what it says; DATA may be a known set, too.
Values values_of(const std::string& name, const std::string& type, const std::string& description) {
  Values values;
  values.words = listed_by_check(type);
  if (values.words.empty()) values.words = listed_in_words(description);
  if (!values.words.empty()) return values;
  if (name == "recipe") {
    for (const auto& recipe : known_recipes())  // names stand in the shell's code, as they are
      if (std::all_of(recipe.begin(), recipe.end(), is_plain)) values.words.push_back(recipe);
  } else if (name == "data" || type == "DATA") {
    const auto sets = known_datasets();
    values.words.assign(sets.begin(), sets.end());
  }
  values.folders = type == "DIR";
  values.files = !values.words.empty() || type.find("FILE") != std::string::npos;
  return values;
}

Argument describe(const CLI::Option& option) {
  Argument argument;
  argument.description = option.get_description();
  argument.required = option.get_required();
  for (const auto& name : option.get_snames()) argument.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) argument.names.push_back("--" + name);
  const std::string type = option.get_items_expected_max() == 0 ? "" : option.get_type_name();
  argument.value = type.substr(0, type.find(':'));
  argument.repeatable = option.get_items_expected_max() > 1;
  const bool placed = argument.names.empty();
  if (placed) argument.names = {option.get_name(true)};
  if (placed || !argument.value.empty())
    argument.values = values_of(argument.names.back(), type, argument.description);
  // Commands work on files, so what has a place and no list is one.
  if (placed && argument.values.words.empty() && !argument.values.folders) argument.values.files = true;
  return argument;
}

Command describe(const CLI::App& app, const std::vector<std::string>& words) {
  Command command;
  command.words = words;
  command.description = app.get_description();
  command.footer = app.get_footer();
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    auto& arguments = option->nonpositional() ? command.options : command.places;
    arguments.push_back(describe(*option));
  }
  for (const CLI::App* child : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (child->get_group().empty() || child->get_name().empty()) continue;  // hidden, or a group of options
    std::vector<std::string> path = words;
    path.push_back(child->get_name());
    command.commands.push_back(describe(*child, path));
  }
  return command;
}

void collect(const Command& command, std::vector<const Command*>& all) {
  all.push_back(&command);
  for (const auto& child : command.commands) collect(child, all);
}

}  // namespace

Command describe(const CLI::App& app) { return describe(app, {}); }

std::vector<const Command*> all_commands(const Command& root) {
  std::vector<const Command*> all;
  collect(root, all);
  return all;
}

std::string path_of(const Command& command) { return CLI::detail::join(command.words, " "); }

std::vector<Argument> all_options(const Command& root, const Command& command) {
  std::vector<Argument> options = command.options;
  if (&command == &root) return options;
  for (const auto& option : root.options)
    if (!option.value.empty()) options.push_back(option);  // --help and --version are flags
  return options;
}

}  // namespace scrawl::tool
