#include "data/table.h"

#include "scrawl/error.h"

#include "base/text.h"
#include "data/arrays.h"
#include "data/labels.h"
#include "data/small_digits.h"
#include "data/table_columns.h"
#include "formats/number_table.h"

#include <algorithm>
#include <cmath>

namespace scrawl {
namespace {

bool fits_label(float value) { return value >= 0 && value <= 255 && value == std::floor(value); }

Labels labels_of(const NumberTable& table, std::size_t column, const std::string& file) {
  if (const TextColumn* text = table.text(column)) return labels_of_texts(text->indices, text->names);
  Labels labels;
  labels.values.resize(table.rows());
  for (std::size_t r = 0; r < table.rows(); ++r) {
    const float value = table.at(r, column);
    if (!fits_label(value))
      throw Error(
          ErrorCode::bad_data,
          "line " + std::to_string(table.lines[r]) + ", " + column_text(table, column) + ": the label " +
              shortest(value) +
              " is not a whole number in 0..255; if the labels are in another column, name it with --label "
              "first, last or the name of their column",
          file);
    labels.values[r] = static_cast<std::uint8_t>(value);
  }
  return labels;
}

/// The numbers of all lines in the columns of pixels.
std::vector<float> pixels_of(NumberTable table, const TableColumns& columns) {
  std::vector<bool> is_pixel(table.columns, true);
  is_pixel[columns.label] = false;
  for (const std::size_t c : columns.left_out) is_pixel[c] = false;
  auto kept = table.values.begin();
  for (std::size_t i = 0; i < table.values.size(); ++i)
    if (is_pixel[i % table.columns]) *kept++ = table.values[i];
  table.values.erase(kept, table.values.end());
  return std::move(table.values);
}

/// ", label first, without column 1 ('id')".
std::string columns_text(const NumberTable& table, const TableColumns& columns) {
  constexpr std::size_t most_named = 4;
  std::string text =
      columns.label == 0 ? ", label first" : ", label in column " + std::to_string(columns.label + 1);
  for (std::size_t i = 0; i < std::min(columns.left_out.size(), most_named); ++i)
    text += (i ? ", " : ", without ") + column_text(table, columns.left_out[i]);
  return columns.left_out.size() > most_named ? text + " ..." : text;
}

using AppendRow = bool (*)(std::span<const float> pixels, std::vector<std::uint8_t>& images);

Images enlarge(const std::vector<float>& values, std::size_t pixels, AppendRow append, const char* spelling) {
  Images images{.shape = {1, 28, 28}, .pixels = {}, .spelling = spelling};
  images.pixels.reserve(values.size() / pixels * images.shape.size());
  for (std::size_t start = 0; start < values.size(); start += pixels)
    append(std::span(values).subspan(start, pixels), images.pixels);  // the ranges are known
  return images;
}

}  // namespace

DataPart read_table(std::string_view text, const ReadOptions& options, DataFormat& format,
                    const std::string& file) {
  NumberTable table = parse_number_table(text, file);
  const TableColumns columns = find_columns(table, options, file);
  const std::size_t pixels = table.columns - columns.left_out.size() - 1;
  format = is_usps(table, columns)        ? DataFormat::usps
           : is_optdigits(table, columns) ? DataFormat::optdigits
                                          : DataFormat::csv;
  Labels labels = labels_of(table, columns.label, file);
  const std::string place = columns_text(table, columns);
  const std::vector<float> values = pixels_of(std::move(table), columns);
  if (format == DataFormat::usps)
    return join({}, enlarge(values, pixels, append_usps_row, "16x16 in -1..1, brought to MNIST's form"),
                std::move(labels), file);
  if (format == DataFormat::optdigits)
    return join({}, enlarge(values, pixels, append_optdigits_row, "8x8 in 0..16, brought to MNIST's form"),
                std::move(labels), file);
  Images images{.shape = shape_of_pixels(pixels), .pixels = {}, .spelling = {}};
  PixelRange range;
  range.add(values, "the pixels", file);
  const PixelScale scale = scale_of(range, "the pixels", file);
  images.pixels = to_bytes(values, scale);
  images.spelling = scale.spelling + place;
  return join({}, std::move(images), std::move(labels), file);
}

}  // namespace scrawl
