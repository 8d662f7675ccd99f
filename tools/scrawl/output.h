#pragma once

#include <concepts>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json_fwd.hpp>

namespace scrawl::tool {

/// Whether the stream is a terminal that wants colours (NO_COLOR unset or empty, TERM not "dumb").
bool wants_colour(std::FILE* stream);

/// Text as a terminal may get it. File names, class names, recipes and messages come from outside, and what a
/// terminal would obey in them (control characters, line ends, marks that reverse the direction of writing)
/// and bytes that are not UTF-8 are shown as "\\x1b". Whatever becomes a Text is escaped, tabs excepted; only
/// the functions below put control sequences in.
class Text {
 public:
  Text() = default;
  template <class T>
  requires std::convertible_to<const T&, std::string_view> Text(const T& text)
      : bytes_(escaped(text)) {}  // NOLINT(google-explicit-constructor): any text may be one

  /// Bytes that are fit for a terminal already.
  static Text raw(std::string bytes);

  const std::string& bytes() const { return bytes_; }
  Text& operator+=(const Text& other) {
    bytes_ += other.bytes_;
    return *this;
  }
  friend Text operator+(Text left, const Text& right) { return left += right; }

 private:
  static std::string escaped(std::string_view text);

  std::string bytes_;
};

/// An argument of format_text: texts and paths escaped, a Text as it is.
template <class T>
decltype(auto) shown(const T& value) {
  if constexpr (std::same_as<T, Text>)
    return (value.bytes());
  else if constexpr (std::same_as<T, std::filesystem::path>)
    return std::string(Text(value.string()).bytes());
  else if constexpr (std::convertible_to<const T&, std::string_view>)
    return std::string(Text(value).bytes());
  else
    return (value);
}

/// fmt::format with each text and path among the arguments escaped; a Text keeps its emphasis.
template <class... Args>
Text format_text(
    fmt::format_string<std::remove_cvref_t<decltype(shown(std::declval<const Args&>()))>...> form,
    const Args&... arguments) {
  const auto formatted = [&](const auto&... values) {
    return Text::raw(fmt::vformat(form, fmt::make_format_args(values...)));
  };
  return formatted(shown(arguments)...);
}

/// Emphasis on terminals that want it; otherwise the text itself.
Text bold(const Text& text, std::FILE* stream = stdout);
Text faint(const Text& text, std::FILE* stream = stdout);
/// In yellow: for what deserves a second look.
Text standing_out(const Text& text, std::FILE* stream = stdout);

/// A result: one line on standard output.
void print_line(const Text& line);

/// Our own text of many lines, each with its end, on standard output as it is.
void print_text(const std::string& text);

/// JSON as one line. Text that is not UTF-8, such as odd file names, is made so; a line that holds what a
/// terminal would obey is written in ASCII.
Text json_line(const nlohmann::ordered_json& json);
/// The same of a line that dump_json has made.
Text json_text(std::string line);

/// A result for programs: one line on standard output.
void print_json(const nlohmann::ordered_json& json);

/// A message: one line on standard error.
void print_message(const Text& line);
void print_error(const Text& message);

/// The columns of a terminal that the text takes: two for a Chinese character, for instance.
std::size_t columns_of(std::string_view text);
/// The width of the widest of them, but at least `least`.
std::size_t widest(std::span<const std::string> texts, std::size_t least);

/// "12,345,678"
std::string grouped(std::size_t number);

/// "94.71 %"
std::string percent(double fraction, int decimals = 2);

}  // namespace scrawl::tool
