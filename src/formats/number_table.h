#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace scrawl {

/// A table of numbers as text files hold it: CSV and its relatives.
struct NumberTable {
  std::vector<std::string> header;  ///< the names of the columns; empty where the file has none
  std::size_t columns = 0;
  std::vector<float> values;   ///< (rows, columns), row after row
  char separator = ',';        ///< ',', ';', tab, or ' ' for columns between runs of blanks
  std::size_t first_line = 1;  ///< the line of the file, counted from 1, where the first row stands

  std::size_t rows() const { return columns == 0 ? 0 : values.size() / columns; }
  /// REQUIRES row < rows() and column < columns.
  float at(std::size_t row, std::size_t column) const { return values[row * columns + column]; }
};

/// Reads a table with one row of numbers a line. The first line tells the separator (tab, semicolon, comma or
/// blanks, in this order) and is a header if one of its fields is a text. Fields may stand in quotation
/// marks; lines end in LF or CRLF; a byte-order mark and empty lines at the end are skipped. Numbers have a
/// decimal point whatever the locale, and are rounded to the nearest float.
///
/// Throws Error(bad_data) naming `file`, the byte, line and column for a field that is no finite number, a
/// row of another width, an empty line between rows, bytes that are no text, no row at all, and more than
/// 262,144 columns. Memory: twice the text at most, and 40 bytes for each field of the header.
NumberTable parse_number_table(std::string_view text, const std::string& file);

/// Whether a text that begins like this may be such a table: at least two columns, and nothing but numbers in
/// the first line after the header. Looks at most at the first 64 KiB; a header that is longer than what is
/// given hides the numbers. A last line that is cut is judged by its whole fields.
bool looks_like_number_table(std::string_view beginning);

}  // namespace scrawl
