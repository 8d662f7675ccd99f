#include "scrawl/library.h"

#include "command_tree.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace scrawl::tool {
namespace {

/// Within single quotes of fish.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') result += '\\';
    result += c;
  }
  return result + "'";
}

/// What `complete` is told about values.
std::string offer(const Values& values) {
  std::string code;
  if (values.folders)
    code += " -a '(__fish_complete_directories)'";
  else if (!values.words.empty())
    code += " -a " + quoted(fmt::format("{}", fmt::join(values.words, " ")));
  if (values.files) code += " -F";
  return code;
}

std::string line(const std::string& path, const std::string& rest) {
  return fmt::format("complete -c scrawl -n {}{}\n", quoted("__scrawl_at " + path), rest);
}

std::string line_of(const std::string& path, const Argument& option) {
  std::string names;
  for (const auto& name : option.names)
    names += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  const std::string value =
      option.value.empty() ? "" : (option.values.files ? " -r" : " -x") + offer(option.values);
  return line(path, names + value + " -d " + quoted(option.description));
}

constexpr const char* functions = R"(
function __scrawl_command --description 'The command before the cursor'
    set -l command
    for word in (commandline -opc)[2..-1]
        set -l longer (string trim -- "$command $word")
        contains -- $longer $__scrawl_commands; and set command $longer
    end
    echo $command
end

function __scrawl_at --description 'Whether the cursor is behind this command'
    test (__scrawl_command) = "$argv"
end

complete -c scrawl -f
)";

}  // namespace

std::string fish_completion(const Command& root) {
  const auto commands = all_commands(root);
  std::string paths;
  std::string lines;
  for (const Command* command : commands) {
    const std::string path = path_of(*command);
    if (!path.empty()) paths += " " + quoted(path);
    for (const auto& option : all_options(root, *command)) lines += line_of(path, option);
    for (const auto& child : command->commands)
      lines += line(path, " -a " + child.words.back() + " -d " + quoted(child.description));
    for (const auto& place : command->places)
      if (const std::string offers = offer(place.values); !offers.empty()) lines += line(path, offers);
  }
  return fmt::format(
             "# fish completion for scrawl {}; printed by: scrawl completion fish\n\nset -g "
             "__scrawl_commands{}\n",
             version(), paths) +
         functions + lines;
}

}  // namespace scrawl::tool
