#pragma once

#include <cstddef>
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

/// `text` without white space at either end.
std::string_view trimmed(std::string_view text);

/// The pieces of `text` between single separators; always at least one.
std::vector<std::string_view> split(std::string_view text, char separator);

/// Text from a file as it may stand in a message: control characters and bytes that are no UTF-8 as "\\x1b",
/// and cut to at most `most` bytes, with "..." after them.
std::string printable(std::string_view text, std::size_t most = 80);

/// The digits of a whole number in groups of three: "12,345,678".
std::string grouped(std::string digits);

/// The shortest decimal text that reads back as exactly `value`.
std::string shortest(float value);
std::string shortest(double value);

}  // namespace scrawl
