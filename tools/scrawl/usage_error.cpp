#include "usage_error.h"

#include "base/file_system.h"
#include "base/text.h"
#include "command.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <CLI/CLI.hpp>

namespace scrawl::tool {
namespace {

bool is_option(std::string_view word) { return word.size() > 1 && word[0] == '-' && word != "--"; }

bool is_number(const std::string& word) {
  double value = 0;
  const auto [end, status] = std::from_chars(word.data(), word.data() + word.size(), value);
  return status != std::errc::invalid_argument && end == word.data() + word.size();
}

/// What to write for a file whose name looks like an option.
std::string file_remedy(const std::vector<std::string>& words) {
  for (const auto& word : words)
    if (is_option(word) && file_exists(word)) return "; for the file of that name write ./" + word;
  return "";
}

/// The innermost command that was named.
const CLI::App* named_command(const CLI::App& app) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  return command;
}

std::string unknown_option(const CLI::App& app, const CLI::App* command, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* one : {command, &app})
    for (const auto* option : one->get_options())
      for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  const std::string name = word.substr(0, word.find('='));
  const std::string near = nearest(name, std::vector<std::string_view>(names.begin(), names.end()));
  std::string problem = path_of(*command) + " has no option '" + name + "'";
  if (!near.empty()) return problem + " (did you mean '" + near + "'?)";
  if (command->get_option_no_throw("--set") == nullptr || !name.starts_with("--")) return problem;
  return problem + "; keys of the recipe are changed with --set, such as --set optimizer.learning_rate=0.2";
}

/// " (did you mean 'get'?)", or all commands below `command`.
std::string command_suggestion(const CLI::App* command, std::string_view word) {
  std::vector<std::string> names;
  for (const CLI::App* child : subcommands(*command)) names.push_back(child->get_name());
  return suggestion(word, std::vector<std::string_view>(names.begin(), names.end()));
}

std::string unknown_command(const CLI::App* command, const std::string& word) {
  const std::string before = command->get_parent() == nullptr ? "" : command->get_name() + " ";
  return "unknown command '" + before + word + "'" + command_suggestion(command, word);
}

std::string missing(const CLI::App* command, std::string_view message) {
  constexpr std::string_view end = " is required";
  if (command->get_require_subcommand_min() > 0 && command->get_subcommands().empty())
    return path_of(*command) + " needs a command" + command_suggestion(command, "");
  if (!message.ends_with(end)) return std::string(message);
  const std::string name(message.substr(0, message.size() - end.size()));
  return path_of(*command) + " needs " + (is_option(name) ? "the option " + name : "an argument: " + name);
}

}  // namespace

std::vector<std::string> words_to_parse(const CLI::App& app, int argc, char** argv) {
  std::vector<std::pair<std::string, std::string>> defaults;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    for (const CLI::Option* option : command->get_options())
      if (option->get_items_expected_min() == 0 && option->get_items_expected_max() == 1)
        for (const auto& name : option->get_lnames())
          defaults.emplace_back("--" + name, option->get_default_str());
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  const auto end = std::find(words.begin(), words.end(), "--") - words.begin();
  for (std::ptrdiff_t i = 0; i < end && i < std::ssize(words); ++i) {
    auto& word = words[static_cast<std::size_t>(i)];
    const auto found =
        std::find_if(defaults.begin(), defaults.end(), [&](const auto& one) { return one.first == word; });
    if (found == defaults.end()) continue;
    const auto next = words.begin() + i + 1;
    const bool is_given = next != words.end() && is_number(*next);
    word += "=" + (is_given ? *next : found->second);
    if (is_given) words.erase(next);
  }
  std::reverse(words.begin(), words.end());
  return words;
}

UsageError explain(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& words) {
  const CLI::App* command = named_command(app);
  std::string problem = error.what();
  const bool lacks_command = command->get_require_subcommand_min() > 0;
  // What is missing may be so because of a word that was not understood.
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr ||
      dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    const auto unexpected = app.remaining(true);
    const auto option = std::find_if(unexpected.begin(), unexpected.end(), is_option);
    if (option != unexpected.end())
      problem = unknown_option(app, command, *option);
    else if (unexpected.empty())
      problem = missing(command, problem);
    else if (lacks_command)
      problem = unknown_command(command, unexpected.front());
    else
      problem = path_of(*command) + " takes no further argument '" + unexpected.front() + "'";
  }
  return {problem + file_remedy(words), lacks_command ? path_of(*command) + " --help lists the commands"
                                                      : path_of(*command) + " --help lists the options"};
}

}  // namespace scrawl::tool
