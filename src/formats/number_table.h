#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace scrawl {

/// A column of a table in which some field is not a number, such as class names or file names.
struct TextColumn {
  std::size_t column = 0;
  std::size_t first_text = 0;         ///< the first row where it is not a number
  std::string example = {};           ///< what it has there
  std::size_t texts = 0;              ///< how many rows hold a text
  std::vector<std::string> names;     ///< the different fields in the order in which they first stand
  std::vector<std::uint8_t> indices;  ///< for each row the place of its field in `names`

  /// More than 256 different fields are not kept: `names` and `indices` are empty.
  bool has_too_many() const { return names.empty(); }
};

/// A table of numbers as text files hold it: CSV and its relatives.
struct NumberTable {
  std::vector<std::string> header;  ///< the names of the columns; empty where the file has none
  std::size_t columns = 0;
  std::vector<float> values;           ///< (rows, columns), row after row; NaN for a text
  std::vector<std::size_t> lines;      ///< of the file, counted from 1, for each row
  std::vector<TextColumn> texts = {};  ///< in the order of the columns
  char separator = ',';                ///< ',', ';', tab, or ' ' for columns between runs of blanks

  std::size_t rows() const { return lines.size(); }
  /// REQUIRES row < rows() and column < columns.
  float at(std::size_t row, std::size_t column) const { return values[row * columns + column]; }
  /// The column, if it has texts; otherwise null.
  const TextColumn* text(std::size_t column) const;
};

/// "column 3 ('pixel2')", for messages.
std::string column_text(const NumberTable& table, std::size_t column);
/// Says what is wrong with a text that stands in the place of a number, and the remedy.
std::string not_a_number(std::string_view field);

/// Reads a table with one row a line. Blank lines and comments (lines with '#' first) are skipped. The first
/// line tells the separator (tab, semicolon, comma or blanks, in this order; "sep=;" above it says it too).
/// It is a header if it has texts and no numbers, or numbers that only count columns ("label,0,1,2");
/// otherwise a comment right above it with as many texts is one. Fields may stand in quotation marks; lines
/// end in LF, CRLF or CR, and may have a separator at the end; the text is UTF-8, or UTF-16 with a byte-order
/// mark. Numbers have a decimal point whatever the locale, and are rounded to the nearest float.
///
/// Up to four columns may hold texts in the place of numbers. Throws Error(bad_data) naming `file`, line and
/// column for texts in more of them, for a field that is empty, NA or not finite, a row of another width,
/// binary data, an empty table, and more than 262,144 columns; also the byte, except for UTF-16.
/// Memory: twice the text, 12 bytes for each row, 40 for each field of the header, and the different texts.
NumberTable parse_number_table(std::string_view text, const std::string& file);

/// Whether a text that begins like this is such a table, if perhaps a faulty one: the first or second row has
/// at least two columns, and more than half of its fields are numbers or missing (half of them do, if no
/// blanks separate them). Looks at most at the first 64 KiB; a header that is longer than what is given hides
/// the numbers. A last line that is cut is judged by its whole fields.
bool looks_like_number_table(std::string_view beginning);

}  // namespace scrawl
