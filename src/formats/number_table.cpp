#include "formats/number_table.h"

#include "scrawl/error.h"

#include "base/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace scrawl {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::size_t most_columns = std::size_t{1} << 18;
constexpr std::size_t most_beginning = std::size_t{1} << 16;

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_empty(std::string_view line) { return line.find_first_not_of(" \t") == line.npos; }

std::string_view without_mark(std::string_view text) {
  return text.substr(text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0);
}

/// A walk over the lines of a text.
struct Lines {
  std::string_view rest;
  std::size_t number = 0;  // of the line last returned, counted from 1
  bool whole = true;       // it had its line end

  bool next(std::string_view& line) {
    if (rest.empty()) return false;
    const std::size_t end = rest.find('\n');
    whole = end != rest.npos;
    line = rest.substr(0, end);
    rest.remove_prefix(whole ? end + 1 : rest.size());
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++number;
    return true;
  }
};

/// A walk over the fields of a line, without the blanks and the quotation marks around them.
class Fields {
 public:
  Fields(std::string_view line, char separator) : line_(line), separator_(separator) {}

  bool next(std::string_view& field) {
    if (!more_) return false;
    skip_blanks();
    if (separator_ == ' ' && at_ == line_.size()) return more_ = false;
    broken_ = false;
    if (at_ < line_.size() && line_[at_] == '"') {
      field = quoted();
    } else {
      const std::size_t begin = at_;
      while (at_ < line_.size() && !at_separator()) ++at_;
      std::size_t end = at_;
      while (end > begin && is_blank(line_[end - 1])) --end;
      field = line_.substr(begin, end - begin);
    }
    more_ = at_ < line_.size();
    ++at_;
    return true;
  }

  /// Whether the field last returned begins with a quotation mark that does not end it.
  bool broken() const { return broken_; }

 private:
  bool at_separator() const { return separator_ == ' ' ? is_blank(line_[at_]) : line_[at_] == separator_; }

  void skip_blanks() {
    const char tab = separator_ == '\t' ? ' ' : '\t';
    while (at_ < line_.size() && (line_[at_] == ' ' || line_[at_] == tab)) ++at_;
  }

  std::string_view quoted() {
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

  std::string_view line_;
  char separator_;
  std::size_t at_ = 0;
  bool more_ = true;
  bool broken_ = false;
};

std::size_t count_fields(std::string_view line, char separator) {
  Fields fields(line, separator);
  std::size_t count = 0;
  for (std::string_view field; fields.next(field);) ++count;
  return count;
}

/// The first of tab, semicolon, comma and blank that stands outside of quotation marks; a comma for none.
char find_separator(std::string_view line) {
  bool in_quotes = false;
  std::string found;
  for (const char c : line) {
    if (c == '"') in_quotes = !in_quotes;
    if (!in_quotes && (is_blank(c) || c == ';' || c == ',') && found.find(c) == found.npos) found += c;
  }
  for (const char c : {'\t', ';', ',', ' '})
    if (found.find(c) != found.npos) return c;
  return ',';
}

enum class Kind { number, not_finite, empty, text };

Kind read_number(std::string_view field, float& value) {
  if (field.empty()) return Kind::empty;
  // Nearly all tables hold pixels from 0 to 255, so this way is worth a few lines. Seven digits fit exactly.
  if (field.size() <= 7) {
    std::uint32_t whole = 0;
    std::size_t digits = 0;
    for (; digits < field.size() && field[digits] >= '0' && field[digits] <= '9'; ++digits)
      whole = 10 * whole + static_cast<std::uint32_t>(field[digits] - '0');
    if (digits == field.size()) {
      value = static_cast<float>(whole);
      return Kind::number;
    }
  }
  if (field.starts_with('+') && !field.starts_with("+-")) field.remove_prefix(1);
  const char* const end = field.data() + field.size();
  const auto [stop, problem] = std::from_chars(field.data(), end, value);
  if (problem == std::errc::invalid_argument || stop != end) return Kind::text;
  if (problem == std::errc::result_out_of_range) {  // 1e-50 is a zero, 1e50 is not a number of use
    double wide = 0;
    if (std::from_chars(field.data(), end, wide).ec != std::errc()) return Kind::not_finite;
    if (std::abs(wide) > 1) return Kind::not_finite;
    value = static_cast<float>(wide);
  }
  return std::isfinite(value) ? Kind::number : Kind::not_finite;
}

std::string unquoted(std::string_view field) {
  std::string name;
  for (std::size_t i = 0; i < field.size(); ++i) {
    name += field[i];
    if (field.substr(i).starts_with("\"\"")) ++i;
  }
  return name;
}

/// The beginning of what a file holds, fit for a message.
std::string shown(std::string_view text) { return "'" + printable(text, 40) + "'"; }

class Parser {
 public:
  Parser(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  NumberTable parse() {
    if (const std::size_t at = text_.find('\0'); at != text_.npos)
      throw Error(ErrorCode::bad_data, "is no text, but has a zero byte; expected a table of numbers", file_,
                  at);
    lines_.rest = without_mark(text_);
    std::string_view line;
    std::size_t empty_line = 0;
    while (lines_.next(line)) {
      if (is_empty(line)) {
        if (empty_line == 0) empty_line = lines_.number;
        continue;
      }
      if (empty_line != 0)
        throw Error(ErrorCode::bad_data, "line " + std::to_string(empty_line) + " is empty; remove it",
                    file_);
      if (table_.columns == 0 && read_first(line)) continue;
      read_row(line);
    }
    if (table_.values.empty()) throw Error(ErrorCode::bad_data, "has no row of numbers", file_, text_.size());
    return std::move(table_);
  }

 private:
  /// Finds out about separator, width and room. True if the line is a header, and thus done with.
  bool read_first(std::string_view line) {
    table_.separator = find_separator(line);
    table_.columns = count_fields(line, table_.separator);
    if (table_.columns > most_columns)
      throw fail(line, "has more than " + std::to_string(most_columns) +
                           " columns; a table has one row in each line");
    // Each value takes two bytes of text at least.
    const auto lines = static_cast<std::size_t>(std::count(text_.begin(), text_.end(), '\n')) + 1;
    table_.values.reserve(std::min(lines * table_.columns, text_.size() / 2 + 1));
    bool has_text = false;
    float value = 0;
    Fields fields(line, table_.separator);
    for (std::string_view field; fields.next(field) && !has_text;)
      has_text = fields.broken() || read_number(field, value) == Kind::text;
    table_.first_line = has_text ? lines_.number + 1 : lines_.number;
    if (has_text) read_header(line);
    return has_text;
  }

  void read_header(std::string_view line) {
    table_.header.reserve(table_.columns);
    Fields fields(line, table_.separator);
    for (std::string_view field; fields.next(field);) {
      if (fields.broken()) throw bad_field(field, table_.header.size(), "has a quotation mark too many");
      table_.header.push_back(unquoted(field));
    }
  }

  void read_row(std::string_view line) {
    Fields fields(line, table_.separator);
    std::size_t column = 0;
    for (std::string_view field; column < table_.columns && fields.next(field); ++column) {
      float value = 0;
      const Kind kind = read_number(field, value);
      if (fields.broken()) throw bad_field(field, column, "has a quotation mark too many");
      if (kind != Kind::number) throw bad_field(field, column, describe(field, kind));
      table_.values.push_back(value);
    }
    std::string_view surplus;
    if (column < table_.columns || fields.next(surplus))
      throw fail(line, "has " + counted(count_fields(line, table_.separator), "column") + ", expected " +
                           std::to_string(table_.columns) +
                           " as in the first line; all rows must be of equal width");
  }

  static std::string describe(std::string_view field, Kind kind) {
    if (kind == Kind::empty) return "is empty; give every field a number";
    if (kind == Kind::not_finite) return shown(field) + " is no finite number; give one below 1e38";
    if (field.find(',') != field.npos) return shown(field) + " is no number; write decimals with a point";
    return shown(field) + " is no number; correct it or remove the line";
  }

  Error fail(std::string_view place, const std::string& message) const {
    return {ErrorCode::bad_data, "line " + std::to_string(lines_.number) + " " + message, file_,
            static_cast<std::size_t>(place.data() - text_.data())};
  }
  Error bad_field(std::string_view field, std::size_t column, const std::string& message) const {
    const std::string name =
        column < table_.header.size() ? " (" + shown(table_.header[column]) + ")" : std::string();
    return {ErrorCode::bad_data,
            "line " + std::to_string(lines_.number) + ", column " + std::to_string(column + 1) + name + ": " +
                message,
            file_, static_cast<std::size_t>(field.data() - text_.data())};
  }

  std::string_view text_;
  const std::string& file_;
  Lines lines_{};
  NumberTable table_;
};

/// What a line consists of.
struct LineForm {
  std::size_t columns = 0;
  bool has_text = false;
  bool all_numbers = true;
};

/// A line without its end may be cut within a number.
LineForm form_of(std::string_view line, char separator, bool whole) {
  LineForm form;
  Fields fields(line, separator);
  for (std::string_view field; fields.next(field);) {
    ++form.columns;
    const bool at_end = field.data() + field.size() == line.data() + line.size();
    if (!whole && at_end && field.find_first_not_of("+-.0123456789eE\"") == field.npos) continue;
    float value = 0;
    const Kind kind = fields.broken() ? Kind::text : read_number(field, value);
    form.has_text = form.has_text || kind == Kind::text;
    form.all_numbers = form.all_numbers && kind == Kind::number;
  }
  return form;
}

}  // namespace

NumberTable parse_number_table(std::string_view text, const std::string& file) {
  return Parser(text, file).parse();
}

bool looks_like_number_table(std::string_view beginning) {
  Lines lines{without_mark(beginning.substr(0, most_beginning))};
  std::string_view line;
  if (lines.rest.find('\0') != line.npos || !lines.next(line)) return false;
  const char separator = find_separator(line);
  const LineForm first = form_of(line, separator, lines.whole);
  if (first.columns < 2) return false;
  if (!first.has_text) return first.all_numbers;
  if (!lines.next(line)) return false;
  const LineForm second = form_of(line, separator, lines.whole);
  const bool as_wide = lines.whole ? second.columns == first.columns : second.columns <= first.columns;
  return as_wide && second.all_numbers;
}

}  // namespace scrawl
