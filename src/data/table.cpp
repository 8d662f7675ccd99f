#include "data/table.h"

#include "scrawl/error.h"

#include "base/text.h"
#include "data/arrays.h"
#include "data/small_digits.h"
#include "formats/number_table.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

namespace scrawl {
namespace {

constexpr std::size_t usps_pixels = 256;
constexpr std::size_t optdigits_pixels = 64;

bool is_label(float value) { return value >= 0 && value <= 255 && value == std::floor(value); }

/// Whether all values outside the column `label` fit.
template <class Fits>
bool all_pixels(const NumberTable& table, std::size_t label, const Fits& fits) {
  for (std::size_t i = 0; i < table.values.size(); ++i)
    if (i % table.columns != label && !fits(table.values[i])) return false;
  return true;
}

bool is_usps(const NumberTable& table, std::size_t label) {
  return table.columns == usps_pixels + 1 &&
         all_pixels(table, label, [](float value) { return value >= -1 && value <= 1; }) &&
         !all_pixels(table, label, [](float value) { return value >= 0; });
}

bool is_optdigits(const NumberTable& table, std::size_t label) {
  return table.columns == optdigits_pixels + 1 && all_pixels(table, label, [](float value) {
           return value >= 0 && value <= 16 && value == std::floor(value);
         });
}

struct ColumnFacts {
  bool labels = true;  // whole numbers that fit a byte
  bool digits = true;  // whole numbers in 0..9
  bool varies = false;
};

ColumnFacts facts_of(const NumberTable& table, std::size_t column) {
  ColumnFacts facts;
  for (std::size_t r = 0; r < table.rows(); ++r) {
    facts.labels = facts.labels && is_label(table.at(r, column));
    facts.digits = facts.digits && facts.labels && table.at(r, column) <= 9;
    facts.varies = facts.varies || table.at(r, column) != table.at(0, column);
  }
  return facts;
}

bool names_label(std::string name) {
  static constexpr std::array<std::string_view, 5> words = {"label", "class", "target", "digit", "y"};
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(words.begin(), words.end(), name) != words.end();
}

std::size_t label_column(const NumberTable& table, LabelColumn wanted, const std::string& file) {
  const std::size_t last = table.columns - 1;
  if (wanted != LabelColumn::automatic) return wanted == LabelColumn::first ? 0 : last;
  const auto is_picture = [](std::size_t pixels) { return shape_of_pixels(pixels).height > 1; };
  const auto named = std::find_if(table.header.begin(), table.header.end(), names_label);
  if (named != table.header.end()) return static_cast<std::size_t>(named - table.header.begin());
  if (is_picture(table.columns) && !is_picture(last))
    throw Error(ErrorCode::bad_data,
                "has " + counted(table.columns, "column") +
                    ", pictures without a label, such as Kaggle's test.csv; those cannot be read as a "
                    "data set, which needs a column of labels",
                file);
  const ColumnFacts first_facts = facts_of(table, 0);
  const ColumnFacts last_facts = facts_of(table, last);
  if (is_usps(table, 0)) return 0;
  if (is_optdigits(table, last) && last_facts.digits)
    return first_facts.digits && first_facts.varies && !last_facts.varies ? 0 : last;
  const bool first_is_pixel = !first_facts.labels || !first_facts.varies;
  return first_is_pixel && last_facts.labels && last_facts.varies ? last : 0;
}

/// The numbers of all lines without the labels' column.
std::vector<float> without_column(NumberTable table, std::size_t column) {
  auto kept = table.values.begin();
  for (std::size_t i = 0; i < table.values.size(); ++i)
    if (i % table.columns != column) *kept++ = table.values[i];
  table.values.erase(kept, table.values.end());
  return std::move(table.values);
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

DataPart read_table(std::string_view text, LabelColumn column, DataFormat& format, const std::string& file) {
  NumberTable table = parse_number_table(text, file);
  const std::size_t pixels = table.columns - 1;
  const std::size_t label = label_column(table, column, file);
  format = is_usps(table, label)        ? DataFormat::usps
           : is_optdigits(table, label) ? DataFormat::optdigits
                                        : DataFormat::csv;
  std::vector<std::uint8_t> labels(table.rows());
  for (std::size_t r = 0; r < table.rows(); ++r) {
    const float value = table.at(r, label);
    if (!is_label(value))
      throw Error(
          ErrorCode::bad_data,
          "line " + std::to_string(table.first_line + r) + ", column " + std::to_string(label + 1) +
              ": the label must be a whole number in 0..255; if the labels stand elsewhere, say so with "
              "--label first or last",
          file);
    labels[r] = static_cast<std::uint8_t>(value);
  }
  const std::vector<float> values = without_column(std::move(table), label);
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
  images.spelling = scale.spelling;
  images.spelling += label == 0 ? ", label first" : ", label in column " + std::to_string(label + 1);
  return join({}, std::move(images), std::move(labels), file);
}

}  // namespace scrawl
