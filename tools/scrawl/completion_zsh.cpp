#include "scrawl/library.h"

#include "command_tree.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace scrawl::tool {
namespace {

/// Within single quotes of zsh.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? "'\\''" : std::string(1, c);
  return result + "'";
}

/// `text` where _arguments reads `special` characters as its own.
std::string escaped(const std::string& text, const std::string& special) {
  std::string result;
  for (const char c : text) {
    if (special.find(c) != std::string::npos) result += '\\';
    result += c;
  }
  return result;
}

/// ":message:action" of a value.
std::string value_of(const Argument& argument, const std::string& message) {
  const Values& values = argument.values;
  const std::string words = fmt::format("({})", fmt::join(values.words, " "));
  std::string action;
  if (!values.words.empty() && values.files)
    action = fmt::format(R"( _alternative "names\:name\:{}" "files\:file\:_files")", words);
  else if (!values.words.empty())
    action = words;
  else if (values.files)
    action = "_files";
  else if (values.folders)
    action = "_files -/";
  return ":" + escaped(message, ":\\") + ":" + action;
}

/// The lines of _arguments for an option: one for each of its names, which exclude each other.
std::string lines_of(const Argument& option) {
  std::string lines;
  const std::string description = "[" + escaped(option.description, "[]\\") + "]";
  const std::string value = option.value.empty() ? "" : value_of(option, option.value);
  for (const auto& name : option.names) {
    const bool assigned = !value.empty() && name.starts_with("--");
    const std::string front = option.repeatable ? "*" : fmt::format("({})", fmt::join(option.names, " "));
    lines +=
        fmt::format("    {} \\\n",
                    quoted(fmt::format("{}{}{}{}{}", front, name, assigned ? "=" : "", description, value)));
  }
  return lines;
}

std::string function_name(const Command& command) {
  std::string name = "_scrawl";
  for (const auto& word : command.words) name += "_" + word;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::string function_of(const Command& root, const Command& command) {
  std::string code = fmt::format("{}() {{\n", function_name(command));
  if (!command.commands.empty()) code += "  local context state state_descr line\n  typeset -A opt_args\n";
  code += command.commands.empty() ? "  _arguments \\\n" : "  _arguments -C \\\n";
  for (const auto& option : all_options(root, command)) code += lines_of(option);
  for (const auto& place : command.places)
    code += "    " + quoted(value_of(place, place.description)) + " \\\n";
  if (command.commands.empty()) return code.substr(0, code.size() - 3) + "\n}\n\n";
  code += "    ': :->command' \\\n    '*:: :->arguments'\n";
  std::string choices;
  std::string calls;
  for (const auto& child : command.commands) {
    choices += "        " + quoted(escaped(child.words.back(), ":") + ":" + child.description) + "\n";
    calls += fmt::format("        {}) {} ;;\n", child.words.back(), function_name(child));
  }
  return code +
         "  case $state in\n"
         "    command)\n"
         "      local -a commands=(\n" +
         choices +
         "      )\n"
         "      _describe command commands\n"
         "      ;;\n"
         "    arguments)\n"
         "      case $line[1] in\n" +
         calls +
         "      esac\n"
         "      ;;\n"
         "  esac\n"
         "}\n\n";
}

}  // namespace

std::string zsh_completion(const Command& root) {
  std::string script = fmt::format(
      "#compdef scrawl\n# zsh completion for scrawl {}; printed by: scrawl completion zsh\n\n", version());
  for (const Command* command : all_commands(root)) script += function_of(root, *command);
  return script + "_scrawl \"$@\"\n";
}

}  // namespace scrawl::tool
