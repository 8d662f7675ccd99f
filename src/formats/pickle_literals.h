#pragma once

#include "base/text.h"
#include "formats/pickle.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace scrawl {

// Texts and numbers of pickles that are not plain little-endian; nullopt if malformed.

/// Protocols 0 and 1: a byte string as Python's repr writes it, with its quotes.
std::optional<std::string> unescape_string(std::string_view line);

/// The same: Python's raw-unicode-escape, where only \uXXXX and \UXXXXXXXX are special, as UTF-8.
std::optional<std::string> unescape_unicode(std::string_view line);

/// The same: a whole number ("12", "-3L") or a truth value ("00", "01"); a double beyond 64 bits.
std::optional<PickleValue> decimal(std::string_view line);

/// The same: a float as Python prints it, or a place in the memo.
template <class Number>
std::optional<Number> decimal_number(std::string_view line) {
  constexpr std::size_t most_decimal = 320;  // digits that a double reaches to, and some
  return line.size() > most_decimal ? std::nullopt : parse_number<Number>(line);
}

/// Two's complement of any length, least byte first; a double beyond 64 bits.
std::optional<PickleValue> long_integer(std::span<const std::byte> bytes);

/// REQUIRES eight bytes.
double big_endian_double(std::span<const std::byte> bytes);

}  // namespace scrawl
