#include "image/mnist_form.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

namespace scrawl {
namespace {

constexpr std::size_t box_side = 20;
constexpr unsigned ink_fraction = 4;  // ink is brighter than the maximum divided by this

/// Pixels from `first` to before `end` of a row or column.
struct Range {
  std::size_t first = 0;
  std::size_t end = 0;
  std::size_t size() const { return end - first; }
};

/// The columns and rows with ink; REQUIRES a pixel above `threshold`.
std::pair<Range, Range> ink_box(const GreyImage& image, unsigned threshold) {
  Range columns{image.width, 0};
  Range rows{image.height, 0};
  for (std::size_t y = 0; y < image.height; ++y)
    for (std::size_t x = 0; x < image.width; ++x)
      if (image.pixels[y * image.width + x] > threshold) {
        columns = {std::min(columns.first, x), std::max(columns.end, x + 1)};
        rows = {std::min(rows.first, y), y + 1};
      }
  return {columns, rows};
}

/// An output pixel is the sum of `weights` times the input pixels from `first` on.
struct Taps {
  std::size_t first = 0;
  std::vector<double> weights = {};
};

/// The taps that scale the pixels of `box`, part of a line of `length`, to `size` pixels.
std::vector<Taps> scaling_taps(Range box, std::size_t length, std::size_t size) {
  const double step = static_cast<double>(box.size()) / static_cast<double>(size);
  std::vector<Taps> all(size);
  for (std::size_t i = 0; i < size; ++i) {
    Taps& taps = all[i];
    if (step > 1) {  // each output pixel averages the area from `begin` to `end`
      const double begin = static_cast<double>(box.first) + static_cast<double>(i) * step;
      const double end = std::min(begin + step, static_cast<double>(box.end));
      taps.first = static_cast<std::size_t>(begin);
      for (std::size_t pixel = taps.first; static_cast<double>(pixel) < end; ++pixel) {
        const auto at = static_cast<double>(pixel);
        taps.weights.push_back((std::min(at + 1, end) - std::max(at, begin)) / step);
      }
    } else {  // it lies between the centres of two input pixels
      const double centre = static_cast<double>(box.first) + (static_cast<double>(i) + 0.5) * step - 0.5;
      const double before = std::floor(centre);
      const double share = centre - before;
      if (before < 0) {
        taps.weights = {share};
      } else {
        taps.first = static_cast<std::size_t>(before);
        taps.weights = {1 - share};
        if (taps.first + 1 < length) taps.weights.push_back(share);
      }
    }
  }
  return all;
}

/// Sum of the taps over values that lie `stride` apart.
template <class Value>
double weigh(const Taps& taps, std::span<const Value> values, std::size_t stride) {
  double sum = 0;
  for (std::size_t k = 0; k < taps.weights.size(); ++k)
    sum += taps.weights[k] * static_cast<double>(values[(taps.first + k) * stride]);
  return sum;
}

GreyImage scaled(const GreyImage& image, Range columns, Range rows, std::size_t width, std::size_t height) {
  const std::vector<Taps> across = scaling_taps(columns, image.width, width);
  const std::vector<Taps> down = scaling_taps(rows, image.height, height);
  std::vector<double> narrow(image.height * width);
  // Interpolation reads one row beyond the box.
  const std::size_t last_row = std::min(rows.end + 1, image.height);
  for (std::size_t y = rows.first == 0 ? 0 : rows.first - 1; y < last_row; ++y)
    for (std::size_t x = 0; x < width; ++x)
      narrow[y * width + x] =
          weigh(across[x], std::span(image.pixels).subspan(y * image.width, image.width), 1);
  GreyImage result{.width = width, .height = height};
  result.pixels.resize(width * height);
  for (std::size_t y = 0; y < height; ++y)
    for (std::size_t x = 0; x < width; ++x)
      result.pixels[y * width + x] = static_cast<std::uint8_t>(std::min(
          255.0, std::floor(weigh(down[y], std::span<const double>(narrow).subspan(x), width) + 0.5)));
  return result;
}

/// `side` scaled as `longer` is to 20, to the nearest pixel.
std::size_t scaled_side(std::size_t side, std::size_t longer) {
  return std::max<std::size_t>(1, (2 * side * box_side + longer) / (2 * longer));
}

/// How far a line of `size` pixels must move for its centre of mass, moment / mass, to come closest to 14;
/// never beyond the picture.
std::size_t shift_to_centre(std::uint64_t moment, std::uint64_t mass, std::size_t size) {
  const std::uint64_t upper = (mnist_side + 1) * mass;  // 14.5 times two
  const std::uint64_t shift = upper > 2 * moment ? (upper - 2 * moment) / (2 * mass) : 0;
  return std::min<std::size_t>(shift, mnist_side - size);
}

}  // namespace

MnistImage to_mnist_form(const GreyImage& ink) {
  MnistImage result{};
  const auto brightest = std::max_element(ink.pixels.begin(), ink.pixels.end());
  if (brightest == ink.pixels.end() || *brightest == 0) return result;
  const auto [columns, rows] = ink_box(ink, *brightest / ink_fraction);
  const std::size_t longer = std::max(columns.size(), rows.size());
  const GreyImage digit =
      scaled(ink, columns, rows, scaled_side(columns.size(), longer), scaled_side(rows.size(), longer));

  std::uint64_t mass = 0;
  std::uint64_t moment_x = 0;
  std::uint64_t moment_y = 0;
  for (std::size_t y = 0; y < digit.height; ++y)
    for (std::size_t x = 0; x < digit.width; ++x) {
      const std::uint64_t value = digit.pixels[y * digit.width + x];
      mass += value;
      moment_x += x * value;
      moment_y += y * value;
    }
  if (mass == 0) return result;  // too faint or too thin to be seen at this size
  const std::size_t left = shift_to_centre(moment_x, mass, digit.width);
  const std::size_t top = shift_to_centre(moment_y, mass, digit.height);
  for (std::size_t y = 0; y < digit.height; ++y)
    for (std::size_t x = 0; x < digit.width; ++x)
      result[(top + y) * mnist_side + left + x] = digit.pixels[y * digit.width + x];
  return result;
}

}  // namespace scrawl
