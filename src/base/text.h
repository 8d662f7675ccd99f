#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scrawl {

/// The candidate with the smallest edit distance to `word`, or "" when none is close enough to be what was
/// meant: at most a third of the characters of the longer word may differ, so that words of one or two
/// letters must agree. Capital letters of ASCII count as small ones.
std::string nearest(std::string_view word, std::span<const std::string_view> candidates);

/// " (did you mean 'X'?)" with the nearest candidate, or a list of the candidates, at most 20, where none is
/// near.
std::string suggestion(std::string_view word, std::span<const std::string_view> candidates);

/// "image" for 1, otherwise "images"; also "classes" and "entries".
std::string plural(std::size_t count, std::string_view noun);
/// "1 image", "2 images".
std::string counted(std::size_t count, std::string_view noun);

/// The bytes as characters.
inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// `text` without white space at either end.
std::string_view trimmed(std::string_view text);

/// The pieces of `text` between single separators; always at least one.
std::vector<std::string_view> split(std::string_view text, char separator);

/// The texts with separators between them.
template <class Texts>
std::string joined(const Texts& texts, std::string_view separator = ", ") {
  std::string result;
  bool first = true;
  for (const auto& text : texts) {
    if (!first) result += separator;
    result += text;
    first = false;
  }
  return result;
}

/// ASCII capitals as small letters.
std::string lower_case(std::string_view text);

/// A TOML string: in quotes, with escapes.
std::string toml_text(std::string_view text);

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The number that the whole text is; nullopt for other text and for numbers that T cannot hold.
template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Text from a file for a message: control characters and bytes that are not UTF-8 as "\\x1b", cut to at most
/// `most` bytes and "...".
std::string printable(std::string_view text, std::size_t most = 80);

/// The digits of a whole number in groups of three: "12,345,678".
std::string grouped(std::string digits);

/// The shortest decimal text that reads back as exactly `value`.
std::string shortest(float value);
std::string shortest(double value);

}  // namespace scrawl
