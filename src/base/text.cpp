#include "base/text.h"

#include "base/utf8.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>

namespace scrawl {
namespace {

/// The characters of UTF-8 text, small where they are letters of ASCII. A byte that is no UTF-8 is one.
std::u32string characters_of(std::string_view text) {
  std::u32string characters;
  for (const char byte : text) {
    const char32_t value = static_cast<unsigned char>(byte);
    if ((value & 0xc0U) == 0x80 && !characters.empty())
      characters.back() = characters.back() << 6 | value;
    else
      characters += value >= U'A' && value <= U'Z' ? value + (U'a' - U'A') : value;
  }
  return characters;
}

/// Edits (insert, delete, replace, swap neighbours) that turn `a` into `b`: Damerau, Levenshtein.
std::size_t edit_distance(std::u32string_view a, std::u32string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before.swap(above);
    above.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), above[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

/// Bytes of the well-formed UTF-8 character that `text` begins with, if it is one to be shown; otherwise 0.
std::size_t shown_character(std::string_view text) {
  const auto [bytes, code] = first_character(text);
  // Both sets of control characters, and those that turn the direction of text around.
  const bool controls = code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c ||
                        (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
                        (code >= 0x2066 && code <= 0x2069);
  return controls ? 0 : bytes;
}

template <class T>
std::string shortest_text(T value) {
  std::array<char, 64> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), result.ptr};
}

}  // namespace

std::string nearest(std::string_view word, std::span<const std::string_view> candidates) {
  const std::u32string wanted = characters_of(word);
  std::string_view best;
  std::size_t best_distance = 0;
  for (const auto candidate : candidates) {
    const std::u32string known = characters_of(candidate);
    const std::size_t shorter = std::min(wanted.size(), known.size());
    const std::size_t longer = std::max(wanted.size(), known.size());
    const std::size_t allowed = longer / 3;
    if (shorter == 0 || longer - shorter > allowed) continue;
    const std::size_t distance = edit_distance(wanted, known);
    if (distance <= allowed && (best.empty() || distance < best_distance)) {
      best = candidate;
      best_distance = distance;
    }
  }
  return std::string(best);
}

std::string suggestion(std::string_view word, std::span<const std::string_view> candidates) {
  if (const std::string near = nearest(word, candidates); !near.empty())
    return " (did you mean '" + near + "'?)";
  constexpr std::size_t most_listed = 20;
  std::string text = " (known: ";
  for (std::size_t i = 0; i < std::min(candidates.size(), most_listed); ++i)
    text += (i ? ", " : "") + std::string(candidates[i]);
  if (candidates.size() > most_listed)
    text += " and " + std::to_string(candidates.size() - most_listed) + " more";
  return text + ")";
}

std::string plural(std::size_t count, std::string_view noun) {
  if (count == 1) return std::string(noun);
  if (noun == "epoch") return "epochs";  // its ch is spoken k
  for (const std::string_view end : {"s", "x", "ch", "sh"})
    if (noun.ends_with(end)) return std::string(noun) + "es";
  if (noun.size() > 1 && noun.back() == 'y' &&
      std::string_view("aeiou").find(noun[noun.size() - 2]) == std::string_view::npos)
    return std::string(noun.substr(0, noun.size() - 1)) + "ies";
  return std::string(noun) + "s";
}

std::string counted(std::size_t count, std::string_view noun) {
  return std::to_string(count) + " " + plural(count, noun);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const auto first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  while (true) {
    const auto at = text.find(separator);
    pieces.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return pieces;
    text.remove_prefix(at + 1);
  }
}

std::string printable(std::string_view text, std::size_t most) {
  std::string result;
  while (!text.empty()) {
    const std::size_t size = shown_character(text);
    const std::string piece =
        size == 0 ? "\\x" + hex_byte(static_cast<unsigned char>(text[0])) : std::string(text.substr(0, size));
    if (result.size() + piece.size() > most) return result + "...";
    result += piece;
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return result;
}

std::string grouped(std::string digits) {
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string shortest(float value) { return shortest_text(value); }
std::string shortest(double value) { return shortest_text(value); }

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += "\\u00" + hex_byte(static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace scrawl
