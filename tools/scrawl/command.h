#pragma once

#include "scrawl/error.h"

#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

/// Each subcommand has a file with one function that adds it to the command line.
namespace scrawl::tool {

/// Exit statuses, listed by `scrawl --help`.
enum ExitStatus : int {
  success = 0,
  check_failed = 1,
  wrong_usage = 2,
  bad_input = 3,
  system_trouble = 4,
  nothing_fetched = 5,
  stopped = 128,  ///< plus the number of the signal
};

int status_of(ErrorCode code);

/// What help and the manual say about a command besides its options. Lines of `examples` are indented by two.
struct Guide {
  std::string notes;
  std::string examples;
};

struct CommandLine {
  CLI::App app;
  std::map<const CLI::App*, Guide> guides;
  int status = success;

  CLI::App* add(CLI::App& parent, const char* name, const char* description, Guide guide);
  /// The limits that --unpack-limit and --unpack-ratio set.
  UnpackLimits limits() const;
};

/// The words of a type that accepts no others, such as PART; empty for other types.
std::vector<std::string> choices(const std::string& type);

/// What can be given where help says FILE, DATA or PART, for completions. May read folders.
struct ValueType {
  std::vector<std::string> words = {};
  bool files = false;
  bool folders = false;
};
ValueType value_type(const std::string& name);

CLI::Option* typed(CLI::Option* option, const char* type);

/// An option, or an argument without dashes, whose value is of a type listed in value_type(), or of another
/// type that only help names.
template <class T>
CLI::Option* add_value(CLI::App* command, const char* names, const char* type, T& variable,
                       const std::string& help) {
  return typed(command->add_option(names, variable, help), type);
}

// Help texts of several commands.
constexpr const char* json_help = "Print the result as one JSON object";
constexpr const char* model_help = "A model file, such as runs/two-layer/model.safetensors";
constexpr const char* overwrite_help = "Replace an existing file";
constexpr const char* override_help = "Change a key of the recipe: section.key=value (repeatable)";
constexpr const char* recipe_help = "A recipe file, or the name of a recipe that comes with scrawl";

CLI::Option* add_threads(CLI::App* command, std::size_t& threads, const char* help);
CLI::Option* add_overrides(CLI::App* command, std::vector<std::string>& overrides, const char* help);

/// "scrawl data get".
std::string path_of(const CLI::App& command);
/// Without hidden ones.
std::vector<const CLI::App*> subcommands(const CLI::App& command);
/// "-o", "--out"; for an argument without dashes its name.
std::vector<std::string> names_of(const CLI::Option& option);
/// What help calls the value; "" for a flag.
std::string type_of(const CLI::Option& option);

/// What can come next, one a line: words, each with a tab and its description if it has one; ":files" and
/// ":folders" where the shell lists those. The last of `words` is the one to complete.
std::string completions(const CommandLine& line, std::vector<std::string> words);

/// The manual page scrawl(1).
std::string manual_page(const CommandLine& line);

void add_calibrate(CommandLine& line);
void add_tune(CommandLine& line);
void add_data(CommandLine& line);
void add_train(CommandLine& line);
void add_evaluate(CommandLine& line);
void add_export(CommandLine& line);
void add_gradcheck(CommandLine& line);
void add_import(CommandLine& line);
void add_info(CommandLine& line);
void add_join(CommandLine& line);
void add_make_pages(CommandLine& line);
void add_read(CommandLine& line);
void add_report(CommandLine& line);
void add_show(CommandLine& line);
void add_completion(CommandLine& line);

/// A titled list at the end of `scrawl --help` and of the manual.
struct Section {
  const char* title;
  std::vector<const char*> items;
};
extern const std::vector<Section> sections;

}  // namespace scrawl::tool
