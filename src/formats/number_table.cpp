#include "formats/number_table.h"

#include "scrawl/error.h"

#include "base/text.h"
#include "formats/table_fields.h"
#include "formats/unicode.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <utility>

namespace scrawl {
namespace {

constexpr std::size_t most_columns = std::size_t{1} << 18;
constexpr std::size_t most_beginning = std::size_t{1} << 16;
constexpr std::size_t most_text_columns = 4;
constexpr std::size_t most_names = 256;

/// The beginning of what a file holds, fit for a message.
std::string shown(std::string_view text) { return "'" + printable(text, 40) + "'"; }

/// A column of texts while it grows.
class TextCollector {
 public:
  explicit TextCollector(std::size_t column) { text_.column = column; }

  std::size_t column() const { return text_.column; }

  void add(std::string_view field, bool is_text) {
    if (is_text && text_.texts++ == 0) {
      text_.first_text = rows_;
      text_.example = printable(field, 40);
    }
    ++rows_;
    if (too_many_) return;
    std::string name = unquoted(field);
    const auto [at, is_new] = places_.try_emplace(std::move(name), text_.names.size());
    if (is_new && text_.names.size() == most_names) {
      too_many_ = true;
      text_.names = {};
      text_.indices = {};
      return;
    }
    if (is_new) text_.names.push_back(at->first);
    text_.indices.push_back(static_cast<std::uint8_t>(at->second));
  }

  TextColumn finish() { return std::move(text_); }

 private:
  TextColumn text_;
  std::size_t rows_ = 0;
  bool too_many_ = false;
  std::map<std::string, std::size_t, std::less<>> places_;
};

class Parser {
 public:
  Parser(std::string_view text, const std::string& file, bool has_offsets)
      : text_(text), file_(file), has_offsets_(has_offsets), lines_(text) {}

  NumberTable parse() {
    if (const std::size_t at = text_.find('\0'); at != text_.npos)
      throw error("is not text: it has a zero byte; expected a table of numbers", text_.substr(at));
    std::string_view line;
    while (lines_.next_row(line)) {
      if (table_.columns == 0 && read_first(line)) continue;
      read_row(line);
    }
    if (table_.lines.empty()) throw error("has no row of numbers", text_.substr(text_.size()));
    for (auto& text : texts_) table_.texts.push_back(text.finish());
    return std::move(table_);
  }

 private:
  /// Detects separator, width and room. True if the line is a header or names the separator.
  bool read_first(std::string_view line) {
    if (const auto separator = named_separator(line); separator && lines_.number() == 1) {
      separator_ = separator;
      return true;
    }
    table_.separator = separator_.value_or(find_separator(line));
    table_.columns = count_fields(line, table_.separator);
    ends_in_separator_ = ends_in_separator(line);
    if (ends_in_separator_) --table_.columns;
    first_line_ = lines_.number();
    if (table_.columns > most_columns)
      throw fail(line, "has more than " + std::to_string(most_columns) +
                           " columns; a table has one row in each line");
    const bool is_named = is_header(line, table_.separator);
    const std::string_view comment = lines_.comment();
    if (is_named) read_header(line);
    if (!is_named && count_fields(comment, table_.separator) == table_.columns &&
        is_header(comment, table_.separator))
      read_header(comment);
    // Each value takes two bytes of text at least.
    const auto count = [&](char end) {
      return static_cast<std::size_t>(std::count(text_.begin(), text_.end(), end)) + 1;
    };
    const std::size_t most_rows = std::max(count('\n'), count('\r'));
    table_.values.reserve(std::min(most_rows * table_.columns, text_.size() / 2 + 1));
    return is_named;
  }

  /// Whether a line with more than one column has nothing after its last separator.
  bool ends_in_separator(std::string_view line) const {
    const std::size_t last = line.find_last_not_of(table_.separator == '\t' ? " " : " \t");
    return table_.separator != ' ' && last != line.npos && line[last] == table_.separator &&
           table_.columns > 1;
  }

  void read_header(std::string_view line) {
    table_.header.reserve(table_.columns);
    TableFields fields(line, table_.separator);
    for (std::string_view field; table_.header.size() < table_.columns && fields.next(field);) {
      if (fields.broken()) throw bad_field(field, table_.header.size(), "has a quotation mark too many");
      table_.header.push_back(unquoted(field));
    }
  }

  void read_row(std::string_view line) {
    TableFields fields(line, table_.separator);
    auto text = texts_.begin();
    std::size_t column = 0;
    for (std::string_view field; column < table_.columns && fields.next(field); ++column) {
      float value = 0;
      const FieldKind kind = read_field(field, value);
      if (fields.broken()) throw bad_field(field, column, "has a quotation mark too many");
      if (kind == FieldKind::text) value = std::numeric_limits<float>::quiet_NaN();
      if (kind == FieldKind::missing || kind == FieldKind::not_finite)
        throw bad_field(field, column, describe(field, kind));
      if (kind == FieldKind::text && (text == texts_.end() || text->column() != column))
        text = texts_.insert(text, earlier_rows(field, column));
      if (text != texts_.end() && text->column() == column) {
        text->add(field, kind == FieldKind::text);
        ++text;
      }
      table_.values.push_back(value);
    }
    check_width(line, fields, column);
    table_.lines.push_back(lines_.number());
  }

  void check_width(std::string_view line, TableFields& fields, std::size_t column) const {
    std::string_view surplus;
    if (column == table_.columns && !fields.next(surplus)) return;
    const std::size_t columns = count_fields(line, table_.separator);
    if (columns == table_.columns + 1) {
      if (surplus.empty()) return;  // behind a separator at the end
      if (ends_in_separator_)
        throw Error(ErrorCode::bad_data,
                    "line " + std::to_string(first_line_) + ", column " + std::to_string(columns) + ": " +
                        describe({}, FieldKind::missing),
                    file_);
    }
    throw fail(line, "has " + counted(columns, "column") + ", expected " + std::to_string(table_.columns) +
                         " as in line " + std::to_string(first_line_) + "; all rows must be of equal width");
  }

  /// A column that turns out to hold texts, with what it had in the rows before this one.
  TextCollector earlier_rows(std::string_view field, std::size_t column) {
    if (texts_.size() == most_text_columns) throw bad_field(field, column, describe(field, FieldKind::text));
    TextCollector text(column);
    TableLines lines(text_);
    std::string_view line;
    for (std::size_t row = 0; row < table_.lines.size();) {
      lines.next(line);
      if (lines.number() != table_.lines[row]) continue;
      TableFields fields(line, table_.separator);
      std::string_view earlier;
      for (std::size_t i = 0; i <= column; ++i) fields.next(earlier);
      text.add(earlier, false);
      ++row;
    }
    return text;
  }

  static std::string describe(std::string_view field, FieldKind kind) {
    if (field.empty()) return "is empty; give every field a number, or remove the line";
    if (kind == FieldKind::missing)
      return shown(field) + " stands for a missing value; give every field a number, or remove the line";
    if (kind == FieldKind::not_finite)
      return shown(field) + " is not a finite number; give one below 1e38, or remove the line";
    return not_a_number(field);
  }

  Error fail(std::string_view place, const std::string& message) const {
    return error("line " + std::to_string(lines_.number()) + " " + message, place);
  }
  Error bad_field(std::string_view field, std::size_t column, const std::string& message) const {
    return error(
        "line " + std::to_string(lines_.number()) + ", " + column_text(table_, column) + ": " + message,
        field);
  }
  Error error(const std::string& message, std::string_view place) const {
    if (!has_offsets_) return {ErrorCode::bad_data, message, file_};
    return {ErrorCode::bad_data, message, file_, static_cast<std::size_t>(place.data() - text_.data())};
  }

  std::string_view text_;
  const std::string& file_;
  bool has_offsets_;
  TableLines lines_;
  NumberTable table_;
  std::vector<TextCollector> texts_;  // in the order of the columns
  std::optional<char> separator_;
  std::size_t first_line_ = 0;
  bool ends_in_separator_ = false;
};

/// Whether most fields of the line are what a table has. A line without its end may be cut within a number.
bool looks_like_row(std::string_view line, char separator, bool whole) {
  std::size_t fields_seen = 0;
  std::size_t numbers = 0;
  std::size_t fitting = 0;
  TableFields fields(line, separator);
  for (std::string_view field; fields.next(field);) {
    ++fields_seen;
    const bool at_end = field.data() + field.size() == line.data() + line.size();
    const bool is_cut = !whole && at_end && field.find_first_not_of("+-.0123456789eE\"") == field.npos;
    float value = 0;
    const FieldKind kind = fields.broken() && !is_cut ? FieldKind::text : read_field(field, value);
    numbers += is_cut || kind == FieldKind::number ? 1 : 0;
    fitting += is_cut || kind != FieldKind::text ? 1 : 0;
  }
  return fields_seen > 1 && numbers > 0 &&
         (separator == ' ' ? 2 * fitting > fields_seen : 2 * fitting >= fields_seen);
}

}  // namespace

const TextColumn* NumberTable::text(std::size_t column) const {
  const auto at =
      std::find_if(texts.begin(), texts.end(), [&](const TextColumn& text) { return text.column == column; });
  return at == texts.end() ? nullptr : &*at;
}

std::string column_text(const NumberTable& table, std::size_t column) {
  const std::string number = "column " + std::to_string(column + 1);
  return column < table.header.size() ? number + " (" + shown(table.header[column]) + ")" : number;
}

std::string not_a_number(std::string_view field) {
  if (field.find(',') != field.npos) return shown(field) + " is not a number; write decimals with a point";
  return shown(field) + " is not a number; correct it or remove the line";
}

NumberTable parse_number_table(std::string_view text, const std::string& file) {
  if (!is_utf16(text)) return Parser(text, file, true).parse();
  const std::string utf8 = from_utf16(text);
  return Parser(utf8, file, false).parse();
}

bool looks_like_number_table(std::string_view beginning) {
  beginning = beginning.substr(0, most_beginning);
  if (is_utf16(beginning)) return looks_like_number_table(from_utf16(beginning));
  if (beginning.find('\0') != beginning.npos) return false;
  TableLines lines(beginning);
  std::string_view line;
  std::optional<char> separator;
  for (int row = 0; row < 2 && lines.next_row(line);) {
    if (!separator) separator = named_separator(line);
    if (separator && named_separator(line)) continue;
    if (row == 0) separator = separator.value_or(find_separator(line));
    if (row++ == 0 && count_fields(line, *separator) < 2) return false;
    if (looks_like_row(line, *separator, lines.whole())) return true;
  }
  return false;
}

}  // namespace scrawl
