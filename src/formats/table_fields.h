#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace scrawl {

/// A walk over the lines of a text, which end in LF, CRLF or CR.
class TableLines {
 public:
  /// Skips a byte-order mark.
  explicit TableLines(std::string_view text);

  /// The next line without its end; false after the last.
  bool next(std::string_view& line);
  /// The next line that is neither blank nor a comment, which begins with '#'.
  bool next_row(std::string_view& line);

  std::size_t number() const { return number_; }  ///< of the line last returned, counted from 1
  bool whole() const { return whole_; }           ///< it had its line end
  /// The comment right above the row last returned, without its '#'; empty if there is none.
  std::string_view comment() const { return comment_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<std::size_t> line_feed_ = {};  // the next one from at_ on; npos for none
  std::size_t number_ = 0;
  bool whole_ = true;
  std::string_view comment_;
};

/// A walk over the fields of a line, without the blanks and the quotation marks around them.
class TableFields {
 public:
  TableFields(std::string_view line, char separator) : line_(line), separator_(separator) {}

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

  static bool is_blank(char c) { return c == ' ' || c == '\t'; }

 private:
  bool at_separator() const { return separator_ == ' ' ? is_blank(line_[at_]) : line_[at_] == separator_; }

  void skip_blanks() {
    const char tab = separator_ == '\t' ? ' ' : '\t';
    while (at_ < line_.size() && (line_[at_] == ' ' || line_[at_] == tab)) ++at_;
  }

  std::string_view quoted();

  std::string_view line_;
  char separator_;
  std::size_t at_ = 0;
  bool more_ = true;
  bool broken_ = false;
};

std::size_t count_fields(std::string_view line, char separator);

/// The first of tab, semicolon, comma and blank that stands outside of quotation marks; a comma for none.
char find_separator(std::string_view line);

/// The separator that a line such as "sep=;" names, as spreadsheets write it above a table.
std::optional<char> named_separator(std::string_view line);

/// `missing` is an empty field, or what programs write for a value that they do not have: NA, #N/A, #REF!.
enum class FieldKind { number, not_finite, missing, text };

/// What a field holds; `value` is set for a number.
FieldKind read_field(std::string_view field, float& value);

/// A field's text with doubled quotation marks made single.
std::string unquoted(std::string_view field);

/// Whether the line names columns: some fields are text, none a number, unless they count: "label,0,1,2".
bool is_header(std::string_view line, char separator);

}  // namespace scrawl
