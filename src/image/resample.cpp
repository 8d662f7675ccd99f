#include "image/resample.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>
#include <vector>

namespace scrawl {
namespace {

/// Pixels from `first` to before `end` of a row or column.
struct Range {
  std::size_t first = 0;
  std::size_t end = 0;
  std::size_t size() const { return end - first; }
};

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

}  // namespace

GreyImage scaled(const GreyImage& image, const Box& box, std::size_t width, std::size_t height) {
  const std::vector<Taps> across = scaling_taps({box.x, box.x + box.width}, image.width, width);
  const std::vector<Taps> down = scaling_taps({box.y, box.y + box.height}, image.height, height);
  std::vector<double> narrow(image.height * width);
  // Interpolation reads one row beyond the box.
  const std::size_t last_row = std::min(box.y + box.height + 1, image.height);
  for (std::size_t y = box.y == 0 ? 0 : box.y - 1; y < last_row; ++y)
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

Box fitted(const Box& box, std::size_t longer) {
  const std::size_t side = std::max(box.width, box.height);
  const auto fit = [&](std::size_t length) {
    return std::max<std::size_t>(1, (2 * length * longer + side) / (2 * side));
  };
  return {.width = fit(box.width), .height = fit(box.height)};
}

GreyImage reduced(const GreyView& picture, std::size_t factor) {
  GreyImage result{.width = (picture.width + factor - 1) / factor,
                   .height = (picture.height + factor - 1) / factor};
  result.pixels.resize(result.width * result.height);
  std::vector<std::uint32_t> sums(result.width);
  for (std::size_t y = 0; y < result.height; ++y) {
    const std::size_t last_row = std::min((y + 1) * factor, picture.height);
    std::fill(sums.begin(), sums.end(), 0);
    for (std::size_t row = y * factor; row < last_row; ++row) {
      const std::uint8_t* const pixels = picture.row(row);
      for (std::size_t x = 0, column = 0; x < result.width; ++x) {
        std::uint32_t sum = 0;
        for (const std::size_t end = std::min(column + factor, picture.width); column < end; ++column)
          sum += pixels[column];
        sums[x] += sum;
      }
    }
    const std::size_t rows = last_row - y * factor;
    for (std::size_t x = 0; x < result.width; ++x) {
      const std::size_t area = rows * (std::min((x + 1) * factor, picture.width) - x * factor);
      result.pixels[y * result.width + x] = static_cast<std::uint8_t>((sums[x] + area / 2) / area);
    }
  }
  return result;
}

GreyImage inverted(const GreyView& picture) {
  GreyImage result{.width = picture.width, .height = picture.height};
  result.pixels.reserve(picture.width * picture.height);
  for (std::size_t y = 0; y < picture.height; ++y)
    std::transform(picture.row(y), picture.row(y) + picture.width, std::back_inserter(result.pixels),
                   [](std::uint8_t pixel) { return static_cast<std::uint8_t>(255 - pixel); });
  return result;
}

}  // namespace scrawl
