#include "formats/pickle_literals.h"

#include "formats/unicode.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>

namespace scrawl {
namespace {

/// The number that exactly `digits` characters of `text` from `at` are in this base; nullopt otherwise.
std::optional<std::uint32_t> digits_at(std::string_view text, std::size_t at, std::size_t digits, int base) {
  if (at > text.size() || text.size() - at < digits) return std::nullopt;
  const char* const begin = text.data() + at;
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(begin, begin + digits, value, base);
  if (error != std::errc{} || end != begin + digits) return std::nullopt;
  return value;
}

constexpr std::size_t most_long = 129;  // bytes that a double reaches to, and some

bool is_octal(char c) { return c >= '0' && c <= '7'; }

}  // namespace

std::optional<std::string> unescape_string(std::string_view line) {
  if (line.size() < 2 || line.front() != line.back() || (line.front() != '\'' && line.front() != '"'))
    return std::nullopt;
  line = line.substr(1, line.size() - 2);
  constexpr std::string_view letters = "\\'\"abfnrtv";
  constexpr std::string_view meanings = "\\'\"\a\b\f\n\r\t\v";
  std::string result;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\') {
      result += line[i];
      continue;
    }
    if (++i == line.size()) return std::nullopt;
    const std::size_t letter = letters.find(line[i]);
    if (letter != std::string_view::npos) {
      result += meanings[letter];
    } else if (line[i] == 'x') {
      const auto value = digits_at(line, i + 1, 2, 16);
      if (!value) return std::nullopt;
      result += static_cast<char>(*value);
      i += 2;
    } else if (is_octal(line[i])) {
      std::size_t digits = 1;
      while (digits < 3 && i + digits < line.size() && is_octal(line[i + digits])) ++digits;
      result += static_cast<char>(*digits_at(line, i, digits, 8) & 0xFFU);
      i += digits - 1;
    } else {
      return std::nullopt;
    }
  }
  return result;
}

std::optional<std::string> unescape_unicode(std::string_view line) {
  std::string result;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool escape = line[i] == '\\' && i + 1 < line.size();
    if (escape && (line[i + 1] == 'u' || line[i + 1] == 'U')) {
      const std::size_t digits = line[i + 1] == 'u' ? 4 : 8;
      const auto code = digits_at(line, i + 2, digits, 16);
      if (!code || *code > 0x10FFFF) return std::nullopt;
      append_code(result, *code);
      i += 1 + digits;
      continue;
    }
    append_code(result, static_cast<unsigned char>(line[i]));
    if (escape) append_code(result, static_cast<unsigned char>(line[++i]));
  }
  return result;
}

std::optional<PickleValue> decimal(std::string_view line) {
  if (line == "00" || line == "01") return line == "01";
  if (line.ends_with('L')) line.remove_suffix(1);
  if (const auto value = decimal_number<std::int64_t>(line)) return *value;
  const std::string_view digits = line.substr(line.starts_with('-') ? 1 : 0);
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  if (const auto value = decimal_number<double>(line)) return *value;
  return std::nullopt;
}

std::optional<PickleValue> long_integer(std::span<const std::byte> bytes) {
  if (bytes.size() > most_long) return std::nullopt;
  const auto is_negative = [](std::byte top) { return (top & std::byte{0x80}) != std::byte{0}; };
  const bool negative = !bytes.empty() && is_negative(bytes.back());
  const std::byte filler{negative ? std::uint8_t{0xff} : std::uint8_t{0}};
  while (bytes.size() > 1 && bytes.back() == filler && is_negative(bytes[bytes.size() - 2]) == negative)
    bytes = bytes.first(bytes.size() - 1);
  if (bytes.size() <= sizeof(std::int64_t)) {
    std::int64_t value = negative ? -1 : 0;
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), bytes.size());
    return value;
  }
  double value = negative ? -1 : 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value * 256 + std::to_integer<int>(bytes[i]);
  return value;
}

double big_endian_double(std::span<const std::byte> bytes) {
  std::array<std::byte, sizeof(double)> reversed{};
  std::reverse_copy(bytes.begin(), bytes.end(), reversed.begin());
  return std::bit_cast<double>(reversed);
}

}  // namespace scrawl
