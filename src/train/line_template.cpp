#include "train/line_template.h"

#include "scrawl/dataset.h"
#include "scrawl/error.h"

#include "base/text.h"

#include <fmt/args.h>
#include <fmt/format.h>

namespace scrawl {
namespace {

/// Refuses a width of many digits, or one taken from a value: recipes are untrusted input.
bool has_wild_width(const std::string& text) {
  int digits = 0;
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '{' && inside && text[i - 1] != '{') return true;  // "{loss:{step}}"; "{{" is a brace to print
    if (c == '{') inside = !inside;
    if (c == '}') inside = false;
    digits = inside && is_digit(c) ? digits + 1 : 0;
    if (digits > 2) return true;
  }
  return false;
}

}  // namespace

std::string format_line(const std::string& text, const LineValues& values) {
  fmt::dynamic_format_arg_store<fmt::format_context> arguments;
  std::vector<std::string> names;
  const auto add = [&](const std::string& name, auto value) {
    arguments.push_back(fmt::arg(name.c_str(), value));
    names.push_back(name);
  };
  const auto add_accuracy = [&](const std::string& name, double value) {
    add(name + "_accuracy", value);
    add(name + "_percent", 100 * value);
  };
  add("epoch", values.epoch);
  add("epochs", values.epochs);
  add("step", values.step);
  add("steps", values.steps);
  add("loss", values.loss);
  add("learning_rate", values.learning_rate);
  if (values.batch_accuracy) add_accuracy("batch", *values.batch_accuracy);
  for (const auto part : {Part::train, Part::validation, Part::test})
    if (const auto i = static_cast<std::size_t>(part); values.parts[i])
      add_accuracy(std::string(to_string(part)), values.accuracies[i]);
  if (has_wild_width(text))
    throw Error(ErrorCode::invalid_argument, "'" + text + "' has a width or precision above 99");
  try {
    return fmt::vformat(text, arguments);
  } catch (const fmt::format_error& error) {
    throw Error(ErrorCode::invalid_argument, "'" + text + "' is not a template: " + error.what() +
                                                 " (names known here: " + joined(names) + ")");
  }
}

}  // namespace scrawl
