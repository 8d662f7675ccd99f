#include "scrawl/library.h"

#include "command_tree.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace scrawl::tool {
namespace {

/// The commands of bash that offer `values`.
std::string offer(const Values& values) {
  std::string code;
  if (!values.words.empty()) code += fmt::format("_scrawl_words \"{}\"; ", fmt::join(values.words, " "));
  if (values.files) code += "_scrawl_names -f; ";
  if (values.folders) code += "_scrawl_names -d; ";
  return code;
}

std::string names_of(const std::vector<Argument>& options) {
  std::vector<std::string> names;
  for (const auto& option : options) names.insert(names.end(), option.names.begin(), option.names.end());
  return fmt::format("{}", fmt::join(names, " "));
}

constexpr const char* functions = R"(_scrawl_words() {
  local found
  mapfile -t found < <(compgen -W "$1" -- "$word")
  COMPREPLY+=("${found[@]}")
}

_scrawl_names() {
  local found
  mapfile -t found < <(compgen "$1" -- "$word")
  COMPREPLY+=("${found[@]}")
  compopt -o filenames 2>/dev/null || true
}

_scrawl() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command= longer i
  # bash takes --out=FILE for three words.
  if [[ $word == = ]]; then
    word=
  elif [[ $before == = ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; ++i)); do
    longer="${command:+$command }${COMP_WORDS[i]}"
    case $longer in
)";

}  // namespace

std::string bash_completion(const Command& root) {
  const auto commands = all_commands(root);
  std::vector<std::string> paths;
  std::string values;
  std::string options;
  std::string places;
  for (const Command* command : commands) {
    const std::string path = path_of(*command);
    if (!path.empty()) paths.push_back("\"" + path + "\"");
    const auto known = all_options(root, *command);
    for (const auto& option : known) {
      if (option.value.empty()) continue;
      std::vector<std::string> keys;
      for (const auto& name : option.names) keys.push_back(fmt::format("\"{}:{}\"", path, name));
      values += fmt::format("    {}) {}return ;;\n", fmt::join(keys, " | "), offer(option.values));
    }
    options += fmt::format("      \"{}\") _scrawl_words \"{}\" ;;\n", path, names_of(known));
    std::string offers;
    std::vector<std::string> children;
    for (const auto& child : command->commands) children.push_back(child.words.back());
    if (!children.empty()) offers += offer({.words = children});
    for (const auto& place : command->places) offers += offer(place.values);
    if (!offers.empty()) places += fmt::format("      \"{}\") {};;\n", path, offers);
  }
  return fmt::format("# bash completion for scrawl {}; printed by: scrawl completion bash\n\n", version()) +
         functions + fmt::format("      {}) command=$longer ;;\n", fmt::join(paths, " | ")) +
         "    esac\n"
         "  done\n"
         "  case \"$command:$before\" in\n" +
         values +
         "  esac\n"
         "  if [[ $word == -* ]]; then\n"
         "    case $command in\n" +
         options +
         "    esac\n"
         "  else\n"
         "    case $command in\n" +
         places +
         "    esac\n"
         "  fi\n"
         "}\n\n"
         "complete -F _scrawl scrawl\n";
}

}  // namespace scrawl::tool
