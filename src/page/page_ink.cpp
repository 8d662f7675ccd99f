#include "page/page_ink.h"

#include "image/cleaning.h"
#include "image/components.h"
#include "image/morphology.h"
#include "image/resample.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <utility>
#include <vector>

namespace scrawl {
namespace {

constexpr std::size_t paper_pixels = 160'000;  // paper is looked for on so many
constexpr std::size_t paper_parts = 5;         // no stroke is wider than this part of the shorter side
constexpr std::size_t least_opening = 9;

constexpr double least_contrast = 8;
constexpr double least_signal_to_noise = 4;
constexpr double clear_signal_to_noise = 12;
constexpr double weakest = 0.17;  // of the level: what may be ink
constexpr double edge = 0.45;     // of the strongest nearby: where a stroke ends

/// A sketch in the size of the picture that it was reduced from: linear between the pixels' centres, and as
/// the outermost pixels beyond them.
GreyImage enlarged_sketch(const GreyImage& sketch, std::size_t factor, std::size_t width,
                          std::size_t height) {
  struct Tap {
    std::size_t first, second;
    float share;  ///< of the second
  };
  const auto taps = [&](std::size_t size, std::size_t sketch_size) {
    std::vector<Tap> all(size);
    for (std::size_t i = 0; i < size; ++i) {
      const float at = std::max(0.0F, (static_cast<float>(i) + 0.5F) / static_cast<float>(factor) - 0.5F);
      const auto first = std::min(static_cast<std::size_t>(at), sketch_size - 1);
      all[i] = {first, std::min(first + 1, sketch_size - 1), std::min(1.0F, at - static_cast<float>(first))};
    }
    return all;
  };
  const std::vector<Tap> across = taps(width, sketch.width);
  const std::vector<Tap> down = taps(height, sketch.height);
  std::vector<float> row(sketch.width);
  GreyImage result{.width = width, .height = height};
  result.pixels.resize(width * height);
  for (std::size_t y = 0; y < height; ++y) {
    const std::uint8_t* const above = &sketch.pixels[down[y].first * sketch.width];
    const std::uint8_t* const below = &sketch.pixels[down[y].second * sketch.width];
    for (std::size_t x = 0; x < sketch.width; ++x)
      row[x] =
          (1 - down[y].share) * static_cast<float>(above[x]) + down[y].share * static_cast<float>(below[x]);
    std::uint8_t* const pixels = &result.pixels[y * width];
    for (std::size_t x = 0; x < width; ++x)
      pixels[x] = static_cast<std::uint8_t>(std::lround((1 - across[x].share) * row[across[x].first] +
                                                        across[x].share * row[across[x].second]));
  }
  return result;
}

/// What an opening leaves of bright ink's picture: the paper, in the picture's own size.
GreyImage paper_of(const GreyImage& bright) {
  const std::size_t factor = factor_to(bright.pixels.size(), paper_pixels);
  const GreyImage sketch = reduced(bright, factor);
  const std::size_t size = std::max(least_opening, std::min(sketch.width, sketch.height) / paper_parts) | 1U;
  // A shadow at the border goes on beyond it.
  const GreyImage wide = opened(extended(sketch, size), size, size);
  GreyImage paper{.width = sketch.width, .height = sketch.height};
  paper.pixels.reserve(sketch.pixels.size());
  for (std::size_t y = 0; y < sketch.height; ++y) {
    const auto row = wide.pixels.begin() + static_cast<std::ptrdiff_t>((y + size) * wide.width + size);
    paper.pixels.insert(paper.pixels.end(), row, row + static_cast<std::ptrdiff_t>(sketch.width));
  }
  return factor == 1 ? paper : enlarged_sketch(paper, factor, bright.width, bright.height);
}

double mean_level(const GreyImage& strength, double least) {
  std::array<std::size_t, 256> histogram{};
  for (const std::uint8_t value : strength.pixels) ++histogram[value];
  double squares = 0;
  double cubes = 0;
  for (std::size_t value = 0; value < histogram.size(); ++value) {
    const auto v = static_cast<double>(value);
    if (v <= least) continue;
    squares += v * v * static_cast<double>(histogram[value]);
    cubes += v * v * v * static_cast<double>(histogram[value]);
  }
  return squares > 0 ? cubes / squares : 0;
}

/// The usual width of strokes: of parts that are long for their width, twice the area by the outline. Small
/// parts are specks.
double usual_stroke(const GreyImage& mask) {
  constexpr double widest = 0.3;  // of a part's longer side
  const std::size_t least = std::max<std::size_t>(6, std::min(mask.width, mask.height) / 150);
  const Components parts = find_components(mask, 0);
  std::vector<double> outlines(parts.all.size());
  for (std::size_t y = 0; y < mask.height; ++y)
    for (std::size_t x = 0; x < mask.width; ++x) {
      const std::size_t at = y * mask.width + x;
      if (parts.labels[at] == 0) continue;
      const auto is_open = [&](bool inside, std::size_t next) { return !inside || mask.pixels[next] == 0; };
      const int sides = is_open(x > 0, at - 1) + is_open(x + 1 < mask.width, at + 1) +
                        is_open(y > 0, at - mask.width) + is_open(y + 1 < mask.height, at + mask.width);
      outlines[parts.labels[at] - 1] += sides;
    }
  std::vector<std::pair<double, double>> widths;  // and areas
  std::pair<double, double> largest{1, 0};
  for (std::size_t i = 0; i < parts.all.size(); ++i) {
    const Component& part = parts.all[i];
    const auto longer = static_cast<double>(std::max(part.box.width, part.box.height));
    const auto area = static_cast<double>(part.area);
    // Steps of pixels make a slanting outline longer, by 4 / pi on average.
    const double width = 2 * area / (outlines[i] * std::numbers::pi / 4);
    if (area > largest.second) largest = {width, area};
    if (longer >= static_cast<double>(least) && width <= widest * longer) widths.emplace_back(width, area);
  }
  if (widths.empty()) return std::max(1.0, largest.first);
  std::sort(widths.begin(), widths.end());
  double all = 0;
  for (const auto& [width, area] : widths) all += area;
  double below = 0;
  for (const auto& [width, area] : widths)
    if (2 * (below += area) >= all) return std::max(1.0, width);
  return 1;
}

/// Where the strength is above `weak` and above a part of the strongest within `reach`.
GreyImage mask_of(const GreyImage& strength, double weak, std::size_t reach) {
  const GreyImage strongest = dilated(strength, 2 * reach + 1, 2 * reach + 1);
  GreyImage mask = strength;
  for (std::size_t i = 0; i < mask.pixels.size(); ++i) {
    const double value = strength.pixels[i];
    mask.pixels[i] = value > weak && value >= edge * strongest.pixels[i] ? 255 : 0;
  }
  return mask;
}

/// The strength of empty paper in each part of a page, and how much it varies there.
struct Ground {
  std::size_t side = 1;  ///< of a part, in pixels
  std::size_t columns = 0;
  std::size_t rows = 0;
  std::vector<double> offset = {};
  std::vector<double> noise = {};

  std::size_t part(std::size_t x, std::size_t y) const { return y / side * columns + x / side; }
};

/// Each part's median and lower fifth; a stroke covers less than half of most parts. Of each part and its
/// neighbours the lower quarter counts, since strokes may fill some.
Ground ground_of(const GreyImage& strength) {
  Ground ground{.side = std::max<std::size_t>(24, std::min(strength.width, strength.height) / 16)};
  ground.columns = (strength.width - 1) / ground.side + 1;
  ground.rows = (strength.height - 1) / ground.side + 1;
  std::vector<double> medians, deviations;
  for (std::size_t row = 0; row < ground.rows; ++row)
    for (std::size_t column = 0; column < ground.columns; ++column) {
      std::array<std::size_t, 256> histogram{};
      std::size_t count = 0;
      const std::size_t right = std::min((column + 1) * ground.side, strength.width);
      const std::size_t bottom = std::min((row + 1) * ground.side, strength.height);
      for (std::size_t y = row * ground.side; y < bottom; ++y)
        for (std::size_t x = column * ground.side; x < right; ++x, ++count)
          ++histogram[strength.pixels[y * strength.width + x]];
      const auto quantile = [&](double part) {  // between two values, as if each filled the step up to it
        const double wanted = part * static_cast<double>(count);
        double below = 0;
        for (std::size_t value = 0; value < histogram.size(); ++value) {
          const auto here = static_cast<double>(histogram[value]);
          if (below + here >= wanted && here > 0)
            return static_cast<double>(value) + (wanted - below) / here - 0.5;
          below += here;
        }
        return 255.0;
      };
      medians.push_back(std::max(0.0, quantile(0.5)));
      deviations.push_back(std::max(0.0, (quantile(0.5) - quantile(0.2)) / 0.8416));
    }
  const auto smoothed = [&](const std::vector<double>& values) {
    std::vector<double> result(values.size());
    std::vector<double> near;
    for (std::size_t row = 0; row < ground.rows; ++row)
      for (std::size_t column = 0; column < ground.columns; ++column) {
        near.clear();
        for (std::size_t r = row - std::min<std::size_t>(row, 2); r < std::min(row + 3, ground.rows); ++r)
          for (std::size_t c = column - std::min<std::size_t>(column, 2);
               c < std::min(column + 3, ground.columns); ++c)
            near.push_back(values[r * ground.columns + c]);
        const auto quarter = near.begin() + static_cast<std::ptrdiff_t>(near.size() / 4);
        std::nth_element(near.begin(), quarter, near.end());
        result[row * ground.columns + column] = *quarter;
      }
    return result;
  };
  ground.offset = smoothed(medians);
  ground.noise = smoothed(deviations);
  return ground;
}

/// How far each pixel stands out from the paper in its part of the page.
PageInk separated(const GreyImage& bright, double noise, const Sheet& sheet) {
  PageInk ink{.strength = bright, .noise = noise};
  const GreyImage paper = paper_of(bright);
  for (std::size_t i = 0; i < bright.pixels.size(); ++i) {
    auto& pixel = ink.strength.pixels[i];
    pixel = static_cast<std::uint8_t>(pixel - std::min(pixel, paper.pixels[i]));
  }
  for (std::size_t y = 0; y < sheet.rows.size(); ++y) {
    const auto row = ink.strength.pixels.begin() + static_cast<std::ptrdiff_t>(y * bright.width);
    const Sheet::Row& paper_row = sheet.rows[y];
    const bool has_paper = paper_row.end > paper_row.first;
    std::fill(row, row + static_cast<std::ptrdiff_t>(has_paper ? paper_row.first : bright.width),
              std::uint8_t{0});
    if (has_paper)
      std::fill(row + static_cast<std::ptrdiff_t>(paper_row.end),
                row + static_cast<std::ptrdiff_t>(bright.width), std::uint8_t{0});
  }
  const Ground ground = ground_of(ink.strength);
  std::vector<double> noises = ground.noise;
  const auto middle = noises.begin() + static_cast<std::ptrdiff_t>(noises.size() / 2);
  std::nth_element(noises.begin(), middle, noises.end());
  ink.noise = std::max(noise, *middle);
  for (std::size_t y = 0; y < bright.height; ++y)
    for (std::size_t x = 0; x < bright.width; ++x) {
      const std::size_t part = ground.part(x, y);
      auto& pixel = ink.strength.pixels[y * bright.width + x];
      const double value = pixel - ground.offset[part];
      const double least = least_signal_to_noise * std::max(ink.noise, ground.noise[part]);
      // What the local noise may be is weaker than any ink.
      pixel = static_cast<std::uint8_t>(
          std::clamp(value < least ? std::min(value, least_signal_to_noise * ink.noise) : value, 0.0, 255.0));
    }
  const double level = mean_level(ink.strength, least_signal_to_noise * ink.noise);
  if (level >= std::max(least_contrast, least_signal_to_noise * ink.noise)) ink.level = level;
  return ink;
}

}  // namespace

PageInk find_page_ink(const GreyImage& picture, bool is_bright, const Sheet& sheet) {
  if (picture.pixels.empty()) return {};
  GreyImage bright = without_specks(is_bright ? picture : inverted(picture));
  const double noise = noise_of(picture);
  PageInk ink = separated(bright, noise, sheet);
  for (const double rest : {6.0 / 16, 70.0 / 256, 0.2}) {
    if (ink.level >= clear_signal_to_noise * ink.noise) break;
    bright = blurred(bright);
    ink = separated(bright, noise * rest, sheet);
  }
  ink.is_bright = is_bright;
  if (ink.level == 0) return ink;
  const double weak = std::max({weakest * ink.level, least_signal_to_noise * ink.noise, 5.0});
  ink.mask = mask_of(ink.strength, weak, 2);
  ink.stroke = usual_stroke(ink.mask);
  ink.mask = mask_of(ink.strength, weak, static_cast<std::size_t>(std::lround(ink.stroke)) + 1);
  return ink;
}

}  // namespace scrawl
