#include "scrawl/error.h"

#include "base/text.h"
#include "command.h"

#include <cctype>
#include <sstream>
#include <string_view>

#include <fmt/format.h>

namespace scrawl::tool {
namespace {

/// Text as roff prints it: its own characters, and no line that begins like a request.
std::string roff(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if ((c == '.' || c == '\'') && (result.empty() || result.back() == '\n')) result += "\\&";
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else if (c == '\'')
      result += "\\(aq";
    else if (c == '^')
      result += "\\(ha";
    else if (c == '~')
      result += "\\(ti";
    else if (c == '`')
      result += "\\(ga";
    else
      result += c;
  }
  return result;
}

std::string roff_bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string roff_italic(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

/// Indented lines are kept as they are, others are filled.
std::string prose(const std::string& text) {
  std::string result;
  bool verbatim = false;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const bool indented = line.starts_with("  ");
    if (indented != verbatim) result += indented ? ".RS 4\n.nf\n" : ".fi\n.RE\n.PP\n";
    verbatim = indented;
    result += roff(indented ? line.substr(2) : line) + "\n";
  }
  return result + (verbatim ? ".fi\n.RE\n" : "");
}

std::string synopsis(const CLI::App& command) {
  std::string text = roff_bold(path_of(command));
  if (!subcommands(command).empty()) text += " " + roff_italic("COMMAND");
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = names_of(*option).back();
    if (option->nonpositional()) {
      if (option->get_required()) text += " " + roff_bold(name) + " " + roff_italic(type_of(*option));
      continue;
    }
    const std::string place = roff_italic(upper(name)) + (option->get_items_expected_max() > 1 ? "..." : "");
    text += option->get_required() ? " " + place : " [" + place + "]";
  }
  return text + " [" + roff_italic("OPTION") + "...]";
}

std::string options_of(const CLI::App& command) {
  std::string text;
  for (const CLI::Option* option : command.get_options()) {
    text += ".TP\n";
    if (option->nonpositional()) {
      std::vector<std::string> names;
      for (const auto& name : names_of(*option)) names.push_back(roff_bold(name));
      const std::string type = type_of(*option);
      text += joined(names) + (type.empty() ? "" : " " + roff_italic(type));
    } else {
      text += roff_italic(upper(option->get_name(true)));
    }
    text += "\n" + roff(option->get_description()) + "\n";
  }
  return text;
}

struct Manual {
  std::string commands, examples;
};

void describe(const CommandLine& line, const CLI::App& command, Manual& manual) {
  const auto children = subcommands(command);
  for (const CLI::App* child : children) {
    const Guide& guide = line.guides.at(child);
    manual.commands += ".SS " + roff_bold(path_of(*child)) + "\n" + roff(child->get_description()) + ".\n";
    if (subcommands(*child).empty())
      manual.commands += ".PP\n" + synopsis(*child) + "\n" + options_of(*child);
    if (!guide.notes.empty()) manual.commands += ".PP\n" + prose(guide.notes);
    manual.examples += prose(guide.examples);
    describe(line, *child, manual);
  }
}

constexpr const char* files = R"(.SH FILES
.TP
.I runs/NAME/
A run's folder: model, metrics and checkpoint.
.TP
.I ~/.cache/scrawl/
Downloaded data sets.
.TP
.I PREFIX/share/scrawl/recipes/
The recipes that come with scrawl; PREFIX is where it is installed. Copy one to change it.
.SH SEE ALSO
.I PREFIX/share/doc/scrawl/
contains the documentation.
.BR gnuplot (1),
.BR curl (1)
)";

}  // namespace

std::string manual_page(const CommandLine& line) {
  Manual manual;
  describe(line, line.app, manual);
  std::string titled;
  for (const auto& section : sections) {
    titled += ".SH " + upper(section.title) + "\n";
    for (const char* item : section.items) titled += roff(item) + "\n.br\n";
  }
  return fmt::format(
             ".\\\" Printed by: scrawl manual\n.TH SCRAWL 1 \"\" \"scrawl {}\" \"User Commands\"\n.nh\n",
             version()) +
         ".SH NAME\nscrawl \\- read handwritten digits, and train networks for them\n.SH SYNOPSIS\n" +
         synopsis(line.app) + "\n.SH DESCRIPTION\n" + roff(line.app.get_description()) + "\n" +
         line.guides.at(&line.app).notes + ".SH OPTIONS\n" + options_of(line.app) + ".SH COMMANDS\n" +
         manual.commands + ".SH EXAMPLES\n" + manual.examples + titled + files;
}

}  // namespace scrawl::tool
