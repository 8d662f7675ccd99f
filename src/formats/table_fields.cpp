#include "formats/table_fields.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace scrawl {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

bool is_missing(std::string_view field) {
  static constexpr std::array<std::string_view, 12> words = {
      "NA", "N/A", "na", "n/a", "<NA>", "#N/A", "#VALUE!", "#DIV/0!", "#REF!", "#NAME?", "#NULL!", "#NUM!"};
  return field.empty() || std::find(words.begin(), words.end(), field) != words.end();
}

/// A spreadsheet's "#N/A" and a class that is called "#" begin a row, other lines with '#' are comments.
bool is_comment(std::string_view line) {
  if (!line.starts_with('#')) return false;
  const std::string_view first = line.substr(0, line.find_first_of(",;\t"));
  return first.size() == line.size() || (first != "#" && !is_missing(first));
}

}  // namespace

TableLines::TableLines(std::string_view text)
    : text_(text), at_(text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0) {}

bool TableLines::next(std::string_view& line) {
  if (at_ >= text_.size()) return false;
  // Found once for each line feed, so that a text with none is searched but once.
  if (!line_feed_ || *line_feed_ < at_) line_feed_ = text_.find('\n', at_);
  line = text_.substr(at_, *line_feed_ == text_.npos ? text_.npos : *line_feed_ - at_);
  if (const std::size_t end = line.find('\r'); end != line.npos) line = line.substr(0, end);
  at_ += line.size();
  whole_ = at_ < text_.size();
  at_ += text_.substr(at_).starts_with("\r\n") ? 2 : 1;
  ++number_;
  return true;
}

bool TableLines::next_row(std::string_view& line) {
  comment_ = {};
  while (next(line)) {
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == line.npos)
      comment_ = {};
    else if (is_comment(line.substr(begin)))
      comment_ = line.substr(begin + 1);
    else
      return true;
  }
  return false;
}

std::string_view TableFields::quoted() {
  const std::size_t begin = at_ + 1;
  at_ = line_.find('"', begin);
  while (at_ != line_.npos && line_.substr(at_ + 1).starts_with('"')) at_ = line_.find('"', at_ + 2);
  const std::string_view field = line_.substr(begin, at_ - begin);
  broken_ = at_ == line_.npos;
  if (broken_) return field;
  ++at_;
  if (separator_ != ' ') skip_blanks();
  broken_ = at_ < line_.size() && !at_separator();
  return field;
}

std::size_t count_fields(std::string_view line, char separator) {
  TableFields fields(line, separator);
  std::size_t count = 0;
  for (std::string_view field; fields.next(field);) ++count;
  return count;
}

char find_separator(std::string_view line) {
  bool in_quotes = false;
  std::string found;
  for (const char c : line) {
    if (c == '"') in_quotes = !in_quotes;
    if (!in_quotes && (TableFields::is_blank(c) || c == ';' || c == ',') && found.find(c) == found.npos)
      found += c;
  }
  for (const char c : {'\t', ';', ',', ' '})
    if (found.find(c) != found.npos) return c;
  return ',';
}

std::optional<char> named_separator(std::string_view line) {
  constexpr std::string_view key = "sep=";
  if (line.size() != key.size() + 1 || !line.starts_with(key)) return std::nullopt;
  return std::string_view("\t;, ").find(line.back()) == std::string_view::npos ? std::nullopt
                                                                               : std::optional(line.back());
}

FieldKind read_field(std::string_view field, float& value) {
  // Nearly all tables hold pixels from 0 to 255, so this way is worth a few lines. Seven digits fit exactly.
  if (!field.empty() && field.size() <= 7) {
    std::uint32_t whole = 0;
    std::size_t digits = 0;
    for (; digits < field.size() && is_digit(field[digits]); ++digits)
      whole = 10 * whole + static_cast<std::uint32_t>(field[digits] - '0');
    if (digits == field.size()) {
      value = static_cast<float>(whole);
      return FieldKind::number;
    }
  }
  if (field.empty()) return FieldKind::missing;
  const std::string_view whole_field = field;
  if (field.starts_with('+') && !field.starts_with("+-")) field.remove_prefix(1);
  const char* const end = field.data() + field.size();
  const auto [stop, problem] = std::from_chars(field.data(), end, value);
  if (problem == std::errc::invalid_argument || stop != end)
    return is_missing(whole_field) ? FieldKind::missing : FieldKind::text;
  if (problem == std::errc::result_out_of_range) {  // 1e-50 is a zero, 1e50 is not a number of use
    double wide = 0;
    if (std::from_chars(field.data(), end, wide).ec != std::errc()) return FieldKind::not_finite;
    if (std::abs(wide) > 1) return FieldKind::not_finite;
    value = static_cast<float>(wide);
  }
  return std::isfinite(value) ? FieldKind::number : FieldKind::not_finite;
}

std::string unquoted(std::string_view field) {
  std::string name;
  for (std::size_t i = 0; i < field.size(); ++i) {
    name += field[i];
    if (field.substr(i).starts_with("\"\"")) ++i;
  }
  return name;
}

bool is_header(std::string_view line, char separator) {
  bool has_text = false;
  bool counts = true;
  std::size_t numbers = 0;
  float before = 0;
  TableFields fields(line, separator);
  for (std::string_view field; fields.next(field);) {
    float value = 0;
    const FieldKind kind = read_field(field, value);
    has_text = has_text || kind == FieldKind::text;
    if (kind == FieldKind::not_finite) counts = false;
    if (kind != FieldKind::number) continue;
    counts = counts && (numbers == 0 ? value == 0 || value == 1 : value == before + 1);
    before = value;
    ++numbers;
  }
  return has_text && (numbers == 0 || (counts && numbers > 1));
}

}  // namespace scrawl
