#include "exchange/c_source.h"

#include "scrawl/error.h"
#include "scrawl/exchange.h"

#include "base/text.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include <fmt/format.h>

namespace scrawl {
namespace {

constexpr std::size_t line_length = 100;
constexpr std::size_t longest_name = 32;

// Not those of <cctype>, which ask the locale.
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string literal(float value) { return c_float(value); }
std::string literal(std::int8_t value) { return std::to_string(static_cast<int>(value)); }
std::string literal(const std::string& text) { return c_string(text); }

/// Appends the values, `indent` spaces from the left where a line is full.
template <class T>
void append_values(std::string& text, std::span<const T> values, std::size_t indent) {
  const std::string_view space = std::is_same_v<T, std::int8_t> ? "" : " ";  // keeps the file small
  std::size_t used = indent;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string word = literal(values[i]) + (i + 1 < values.size() ? "," : "");
    if (i > 0 && used + space.size() + word.size() > line_length - 2) {  // room for "},"
      text += '\n';
      text.append(indent, ' ');
      used = indent;
    } else if (i > 0) {
      text += space;
      used += space.size();
    }
    text += word;
    used += word.size();
  }
}

template <class T>
std::string array_text(const char* type, const std::string& name, std::span<const T> values,
                       std::size_t columns) {
  std::string text = fmt::format("static const {} {}", type, name);
  if (columns == 0) {
    text += fmt::format("[{}] = {{\n  ", values.size());
    append_values(text, values, 2);
    return text + "\n};\n\n";
  }
  text += fmt::format("[{}][{}] = {{\n", values.size() / columns, columns);
  for (std::size_t first = 0; first < values.size(); first += columns) {
    text += "  {";
    append_values(text, values.subspan(first, columns), 3);
    text += first + columns < values.size() ? "},\n" : "}\n";
  }
  return text + "};\n\n";
}

}  // namespace

std::string c_float(float value) {
  if (!std::isfinite(value))
    throw Error(ErrorCode::invalid_argument,
                "a number in the model is not finite and cannot be written in C");
  std::string text = shortest(value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text + "f";
}

std::string c_string(std::string_view text) {
  std::string literal = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\' || c == '?')  // two question marks may begin a trigraph
      literal += {'\\', c};
    else if (code < 0x20 || code > 0x7e)
      literal += fmt::format("\\{:03o}", code);  // three digits, so that the next character cannot join
    else
      literal += c;
  }
  return literal + '"';
}

std::string c_identifier(std::string_view text) {
  std::string name;
  for (const char c : text) {
    if (is_letter(c) || (is_digit(c) && !name.empty()))
      name += c;
    else if (is_digit(c))
      name = std::string("model_") + c;
    else if (!name.empty() && name.back() != '_')
      name += '_';
  }
  name.resize(std::min(name.size(), longest_name));
  if (!name.empty() && name.back() == '_') name.pop_back();
  return name.empty() ? "model" : name;
}

void check_c_identifier(const std::string& name) {
  const std::string good = c_identifier(name);
  if (name == good) return;
  throw Error(
      ErrorCode::invalid_argument,
      fmt::format(
          "'{}' cannot be the prefix of C names; use at most {} letters, digits and single underscores, "
          "starting with a letter, such as '{}'",
          name, longest_name, good));
}

void check_finite(const std::string& name, std::span<const float> values) {
  const auto wrong = std::find_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
  if (wrong != values.end())
    throw Error(ErrorCode::invalid_argument,
                fmt::format("value {} of {} is not finite and cannot be written in C; the training of "
                            "the model diverged: try a smaller learning rate",
                            wrong - values.begin(), name));
}

std::string c_array(const std::string& name, std::span<const float> values, std::size_t columns) {
  check_finite(name, values);
  return array_text("float", name, values, columns);
}

std::string c_array(const std::string& name, std::span<const std::int8_t> values, std::size_t columns) {
  return array_text("signed char", name, values, columns);
}

std::string c_array(const std::string& name, std::span<const std::string> values) {
  return array_text("char *const", name, values, 0);
}

}  // namespace scrawl
