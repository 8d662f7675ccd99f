#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace scrawl::tool {

/// What may stand in the place of a value.
struct Values {
  std::vector<std::string> words;  ///< these
  bool files = false;              ///< names of files
  bool folders = false;            ///< names of folders only
};

/// An option, a flag, or an argument that has a place instead of a name.
struct Argument {
  std::vector<std::string> names;  ///< "-o", "--out"; for one with a place its name alone: "model"
  std::string value;               ///< what help calls the value, such as "FILE"; empty for a flag
  std::string description;
  Values values;
  bool required = false;
  bool repeatable = false;
};

/// A command with its subcommands: what completions and the manual are made of.
struct Command {
  std::vector<std::string> words;  ///< {"data", "get"}; none for scrawl itself
  std::string description;
  std::string footer;
  std::vector<Argument> options;
  std::vector<Argument> places;
  std::vector<Command> commands;
};

/// The command line as it is, without what is hidden. Options of scrawl itself that may stand behind a
/// command are among its options alone.
Command describe(const CLI::App& app);

/// The command and all below it, each before its own subcommands.
std::vector<const Command*> all_commands(const Command& root);

/// "data get"; "" for scrawl itself.
std::string path_of(const Command& command);

/// The options that `command` understands: its own and those of scrawl itself that may stand behind it.
std::vector<Argument> all_options(const Command& root, const Command& command);

/// What the generators print.
std::string bash_completion(const Command& root);
std::string zsh_completion(const Command& root);
std::string fish_completion(const Command& root);
std::string manual_page(const Command& root, const std::string& version);

}  // namespace scrawl::tool
