#include "train/contact_sheet.h"

#include "data/stratify.h"

#include <algorithm>

namespace scrawl {
namespace {

constexpr std::size_t sheet_columns = 8;
constexpr std::size_t line_width = 2;
constexpr std::uint8_t line_grey = 96;
constexpr std::size_t most_side = 256;

/// The shape as rows and columns, if it is small and grey.
std::optional<Shape> sheet_shape(const Shape& image) {
  const Shape shape = picture_shape(image);
  const bool fits =
      shape.channels == 1 && shape.height > 1 && std::max(shape.height, shape.width) <= most_side;
  return fits ? std::optional(shape) : std::nullopt;
}

}  // namespace

std::optional<GreyImage> contact_sheet(const DatasetView& images, std::span<const std::size_t> indices) {
  const auto shape = sheet_shape(images.shape);
  if (!shape || indices.empty()) return {};
  const std::size_t columns = std::min(indices.size(), sheet_columns);
  const std::size_t rows = (indices.size() + columns - 1) / columns;
  GreyImage sheet{.width = columns * (shape->width + line_width) - line_width,
                  .height = rows * (shape->height + line_width) - line_width};
  sheet.pixels.assign(sheet.width * sheet.height, line_grey);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const auto pixels = images.image(indices[i]);
    const std::size_t left = i % columns * (shape->width + line_width);
    const std::size_t top = i / columns * (shape->height + line_width);
    for (std::size_t y = 0; y < shape->height; ++y)
      std::copy_n(pixels.data() + y * shape->width, shape->width,
                  sheet.pixels.data() + (top + y) * sheet.width + left);
  }
  return sheet;
}

std::vector<std::size_t> first_misread(Evaluator& evaluator, const Network& network,
                                       const DatasetView& images, std::size_t most) {
  constexpr std::size_t step = 1024;
  std::vector<std::size_t> misread;
  std::vector<std::uint8_t> predictions;
  const bool reads_all = is_sorted_by_class(images.labels);
  for (std::size_t first = 0; first < images.size() && (reads_all || misread.size() < most); first += step) {
    const DatasetView part = images.slice(first, std::min(step, images.size() - first));
    predictions.resize(part.size());
    evaluator.predict(network, part, predictions);
    for (std::size_t i = 0; i < part.size(); ++i)
      if (predictions[i] != part.labels[i]) misread.push_back(first + i);
  }
  const std::size_t found = misread.size();
  if (reads_all && found > most)
    for (std::size_t i = 0; i < most; ++i) misread[i] = misread[i * found / most];
  misread.resize(std::min(found, most));
  return misread;
}

}  // namespace scrawl
