#include "data/table.h"

#include "scrawl/error.h"

#include "base/text.h"
#include "data/arrays.h"
#include "image/mnist_form.h"

#include <algorithm>
#include <cmath>

namespace scrawl {
namespace {

Labels labels_of(const NumberTable& table, std::size_t column, const std::string& file) {
  if (const TextColumn* text = table.text(column)) return labels_of_texts(text->indices, text->names);
  Labels labels;
  labels.values.resize(table.rows());
  for (std::size_t r = 0; r < table.rows(); ++r) {
    const float value = table.at(r, column);
    if (!is_label(value))
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
  const std::vector<bool> is_pixel = pixel_columns(table, columns);
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

Images enlarge(const std::vector<float>& values, std::size_t pixels, decltype(append_usps_row) append,
               const char* spelling) {
  Images images{.shape = {1, 28, 28}, .pixels = {}, .spelling = spelling};
  images.pixels.reserve(values.size() / pixels * images.shape.size());
  for (std::size_t start = 0; start < values.size(); start += pixels)
    append(std::span(values).subspan(start, pixels), images.pixels);  // the ranges are known
  return images;
}

/// A digit of side * side values, where `black` is the background's and `white` that of full ink.
bool append_digit(std::span<const float> pixels, std::size_t side, float black, float white,
                  std::vector<std::uint8_t>& images) {
  if (pixels.size() != side * side) return false;
  // Written so that NaN is out of range too.
  if (!std::all_of(pixels.begin(), pixels.end(), [&](float v) { return v >= black && v <= white; }))
    return false;
  GreyImage image{.width = side, .height = side};
  for (const float value : pixels)
    image.pixels.push_back(
        static_cast<std::uint8_t>(std::floor((value - black) / (white - black) * 255.0F + 0.5F)));
  const MnistImage digit = to_mnist_form(image);
  images.insert(images.end(), digit.begin(), digit.end());
  return true;
}

}  // namespace

bool append_usps_row(std::span<const float> pixels, std::vector<std::uint8_t>& images) {
  return append_digit(pixels, 16, -1.0F, 1.0F, images);
}

bool append_optdigits_row(std::span<const float> pixels, std::vector<std::uint8_t>& images) {
  return append_digit(pixels, 8, 0.0F, 16.0F, images);
}

bool is_label(float value) { return value >= 0 && value <= 255 && value == std::floor(value); }

std::vector<bool> pixel_columns(const NumberTable& table, const TableColumns& columns) {
  std::vector<bool> is_pixel(table.columns, true);
  is_pixel[columns.label] = false;
  for (const std::size_t c : columns.left_out) is_pixel[c] = false;
  return is_pixel;
}

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
  Images images;
  if (format == DataFormat::usps) {
    images = enlarge(values, pixels, append_usps_row, "16x16 in -1..1, brought to MNIST's form");
  } else if (format == DataFormat::optdigits) {
    images = enlarge(values, pixels, append_optdigits_row, "8x8 in 0..16, brought to MNIST's form");
  } else {
    PixelRange range;
    range.add(values, "the pixels", file);
    const PixelScale scale = scale_of(range, "the pixels", file);
    images = {shape_of_pixels(pixels), to_bytes(values, scale), scale.spelling + place};
  }
  return join({}, std::move(images), std::move(labels), file);
}

}  // namespace scrawl
