#include "command_tree.h"

#include <cctype>
#include <sstream>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

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

std::string bold_roff(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// A footer's text: indented lines stand as they are, others are filled.
std::string prose(const std::vector<std::string>& lines) {
  std::string result;
  bool verbatim = false;
  for (const auto& line : lines) {
    const bool indented = line.starts_with("  ");
    if (indented != verbatim) result += indented ? ".RS 4\n.nf\n" : ".fi\n.RE\n.PP\n";
    verbatim = indented;
    result += roff(indented ? line.substr(2) : line) + "\n";
  }
  return result + (verbatim ? ".fi\n.RE\n" : "");
}

/// A footer without its examples, and its examples.
struct Footer {
  std::vector<std::string> text, examples;
};

Footer footer_of(const Command& command) {
  Footer footer;
  bool in_examples = false;
  for (const auto& line : lines_of(command.footer)) {
    if (line == "Example:" || line == "Examples:")
      in_examples = true;
    else {
      in_examples = in_examples && line.starts_with("  ");
      (in_examples ? footer.examples : footer.text).push_back(line);
    }
  }
  return footer;
}

/// scrawl's own footer: what has a title, "Environment: A; B", becomes a section with a paragraph for each
/// item.
struct RootFooter {
  std::string description, sections;
};

RootFooter root_footer(const Command& root) {
  RootFooter result;
  bool in_section = false;
  for (const auto& line : lines_of(root.footer)) {
    std::string_view rest = line;
    const auto colon = line.find(": ");
    if (!line.starts_with(" ")) {
      in_section = colon != std::string::npos && colon < 20;
      if (in_section) {
        result.sections += ".SH " + upper(line.substr(0, colon)) + "\n";
        rest.remove_prefix(colon + 2);
      }
    }
    if (!in_section) {
      result.description += roff(line) + "\n";
      continue;
    }
    while (rest.starts_with(" ")) rest.remove_prefix(1);
    for (auto end = rest.find("; "); end != std::string_view::npos; end = rest.find("; ")) {
      result.sections += roff(rest.substr(0, end)) + "\n.br\n";
      rest.remove_prefix(end + 2);
    }
    const bool ends_item = rest.ends_with(";");
    if (ends_item) rest.remove_suffix(1);
    result.sections += roff(rest) + (ends_item ? "\n.br\n" : "\n");
  }
  return result;
}

std::string synopsis(const Command& command) {
  std::string text = bold_roff(command.words.empty() ? "scrawl" : "scrawl " + path_of(command));
  if (!command.commands.empty()) text += " " + italic("COMMAND");
  for (const auto& place : command.places) {
    const std::string name = italic(upper(place.names.back())) + (place.repeatable ? "..." : "");
    text += place.required ? " " + name : " [" + name + "]";
  }
  for (const auto& option : command.options)
    if (option.required) text += " " + bold_roff(option.names.back()) + " " + italic(option.value);
  return text + " [" + italic("OPTION") + "...]";
}

std::string description_of(const Argument& argument) {
  std::string text = roff(argument.description);
  // A list that the description does not give itself.
  if (!argument.values.words.empty() && !argument.values.files && !argument.names.front().empty() &&
      argument.description.find(argument.values.words.back()) == std::string::npos)
    text += roff(fmt::format(": {}", fmt::join(argument.values.words, ", ")));
  return text + "\n";
}

std::string options_of(const Command& command) {
  std::string text;
  for (const auto& place : command.places)
    text += ".TP\n" + italic(upper(place.names.back())) + "\n" + description_of(place);
  for (const auto& option : command.options) {
    text += ".TP\n";
    for (const auto& name : option.names)
      text += (&name == &option.names.front() ? "" : ", ") + bold_roff(name);
    text += (option.value.empty() ? "" : " " + italic(option.value)) + "\n" + description_of(option);
  }
  return text;
}

constexpr const char* files = R"(.SH FILES
.TP
.I runs/NAME/
The folder of a run, with its model, its metrics and its checkpoint.
.TP
.I ~/.cache/scrawl/
The data sets that were fetched.
.TP
.I PREFIX/share/scrawl/recipes/
The recipes that came with scrawl, PREFIX being where it is installed. Copy one to change it.
.SH SEE ALSO
.I PREFIX/share/doc/scrawl/
holds the documentation.
.BR gnuplot (1),
.BR curl (1)
)";

}  // namespace

std::string manual_page(const Command& root, const std::string& version) {
  const RootFooter footer = root_footer(root);
  std::string commands;
  std::string examples;
  for (const Command* command : all_commands(root)) {
    if (command == &root) continue;
    const Footer parts = footer_of(*command);
    if (!parts.examples.empty()) examples += prose(parts.examples);
    commands += ".SS " + bold_roff(path_of(*command)) + "\n" + roff(command->description) + ".\n";
    if (!command->commands.empty()) continue;
    commands += ".PP\n" + synopsis(*command) + "\n" + options_of(*command);
    if (!parts.text.empty()) commands += ".PP\n" + prose(parts.text);
  }
  return fmt::format(
             ".\\\" Printed by: scrawl manual\n.TH SCRAWL 1 \"\" \"scrawl {}\" \"User Commands\"\n.nh\n",
             version) +
         ".SH NAME\nscrawl \\- read handwritten digits, and train the networks that do\n" + ".SH SYNOPSIS\n" +
         synopsis(root) + "\n.SH DESCRIPTION\n" + roff(root.description) + "\n" + footer.description +
         ".SH OPTIONS\n" + options_of(root) + ".SH COMMANDS\n" + commands + ".SH EXAMPLES\n" + examples +
         footer.sections + files;
}

}  // namespace scrawl::tool
