#include "image/ink.h"

#include "image/cleaning.h"
#include "image/components.h"
#include "image/morphology.h"
#include "image/resample.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

namespace scrawl {
namespace {

/// In larger pictures, polarity and paper are judged on about so many pixels.
constexpr std::size_t polarity_pixels = 15'000;
constexpr std::size_t paper_pixels = 40'000;
/// The sides of the squares that measure the width of structures. The widest is a seventh of a sketch's side.
constexpr std::array<std::size_t, 4> widths = {3, 5, 9, 17};
/// Wider than any stroke of a small picture.
constexpr std::size_t least_opening = 15;

/// How far the widths may favour one polarity for the border to be asked.
constexpr double most_doubtful = 3;

// What a level must be to be that of ink; and what it must be for the picture not to be blurred.
constexpr double least_contrast = 8;
constexpr double least_signal_to_noise = 5;
constexpr double clear_signal_to_noise = 10;

std::uint8_t quantile(const std::vector<std::uint8_t>& values, double part) {
  std::array<std::size_t, 256> histogram{};
  for (const std::uint8_t value : values) ++histogram[value];
  const auto wanted = static_cast<std::size_t>(part * static_cast<double>(values.size()));
  std::size_t below = 0;
  for (std::size_t value = 0; value < histogram.size(); ++value)
    if ((below += histogram[value]) > wanted) return static_cast<std::uint8_t>(value);
  return 255;
}

/// What openings of growing size take away, the narrow structures counting more.
double narrow_structure(const GreyImage& bright) {
  double score = 0;
  double before = 0;
  for (const std::size_t size : widths) {
    const GreyImage rest = opened(bright, size, size);
    double energy = 0;
    for (std::size_t i = 0; i < rest.pixels.size(); ++i) {
      const double removed = bright.pixels[i] - rest.pixels[i];
      energy += removed * removed;
    }
    score += (energy - before) / static_cast<double>(size * size);
    before = energy;
  }
  return score;
}

/// The pixels of the border, clockwise.
std::vector<std::uint8_t> border_pixels(const GreyImage& picture) {
  const std::size_t width = picture.width;
  const std::size_t last = picture.height - 1;
  const auto& pixels = picture.pixels;
  std::vector<std::uint8_t> border(pixels.begin(), pixels.begin() + static_cast<std::ptrdiff_t>(width));
  for (std::size_t y = 1; y <= last; ++y) border.push_back(pixels[(y + 1) * width - 1]);
  for (std::size_t x = width - 1; x-- > 0 && last > 0;) border.push_back(pixels[last * width + x]);
  for (std::size_t y = last; y-- > 1 && width > 1;) border.push_back(pixels[y * width]);
  return border;
}

/// What the border of a picture shows. It is plain if most of it is near the darkest or near the brightest of
/// the picture. Strokes may cross it; shadows, frames and tables take more of it in one piece.
struct Border {
  bool is_plain = false;
  bool is_dark = false;     ///< what is plain is dark
  std::uint8_t ground = 0;  ///< the grey of what is plain
};

Border border_of(const GreyImage& picture) {
  constexpr double near = 0.2;  // of the picture's contrast
  constexpr double least_plain = 0.5;
  constexpr double longest_stroke = 0.6;  // of the picture's longer side
  const std::vector<std::uint8_t> border = border_pixels(picture);
  const auto [darkest, brightest] = std::minmax_element(picture.pixels.begin(), picture.pixels.end());
  const double reach = near * (*brightest - *darkest);
  for (const bool is_dark : {true, false}) {
    std::vector<std::uint8_t> plain;
    std::size_t run = 0, longest = 0;
    for (const std::uint8_t value : border) {
      const bool is_near = is_dark ? value - *darkest <= reach : *brightest - value <= reach;
      if (is_near) plain.push_back(value);
      run = is_near ? 0 : run + 1;
      longest = std::max(longest, run);
    }
    if (static_cast<double>(plain.size()) >= least_plain * static_cast<double>(border.size()) &&
        static_cast<double>(longest) <=
            longest_stroke * static_cast<double>(std::max(picture.width, picture.height)))
      return {.is_plain = true, .is_dark = is_dark, .ground = quantile(plain, 0.5)};
  }
  return {};
}

/// Whether what the border surrounds, darker or brighter than it, is a sheet of paper rather than a digit: a
/// rectangle that is full. Its longer side is at most twice the shorter.
bool surrounds_a_sheet(const GreyImage& picture, bool is_dark) {
  constexpr double full = 0.85;
  const auto [low, high] = std::minmax_element(picture.pixels.begin(), picture.pixels.end());
  const int middle = (*low + *high) / 2;
  const Components outside = find_components(is_dark ? inverted(picture) : picture,
                                             static_cast<std::uint8_t>(is_dark ? 255 - middle : middle));
  GreyImage inside = picture;
  std::transform(outside.labels.begin(), outside.labels.end(), inside.pixels.begin(),
                 [&](std::uint32_t label) {
                   return static_cast<std::uint8_t>(label == 0 || !outside.all[label - 1].touches_border);
                 });
  const Components parts = find_components(inside, 0);
  const auto largest = std::max_element(parts.all.begin(), parts.all.end(),
                                        [](const auto& a, const auto& b) { return a.area < b.area; });
  if (largest == parts.all.end()) return false;
  const auto [shorter, longer] = std::minmax(largest->box.width, largest->box.height);
  return longer <= 2 * shorter &&
         static_cast<double>(largest->area) >= full * static_cast<double>(shorter * longer);
}

/// Where everything is small, strokes may be as wide as gaps, but light hardly changes: then the ground is
/// what most of the border shows, and the ink what stands out from it.
bool stands_out_bright(const GreyImage& picture) {
  const double ground = quantile(border_pixels(picture), 0.5);
  double cubes = 0;
  for (const double pixel : picture.pixels) cubes += (pixel - ground) * (pixel - ground) * (pixel - ground);
  return cubes > 0;
}

/// How bright ink stands out from the paper.
GreyImage strength_of(const GreyImage& bright) {
  if (const Border border = border_of(bright); border.is_plain && border.is_dark) {
    GreyImage strength = bright;
    for (auto& pixel : strength.pixels)
      pixel = static_cast<std::uint8_t>(pixel - std::min(pixel, border.ground));
    return strength;
  }
  const std::size_t factor = factor_to(bright.pixels.size(), paper_pixels);
  const GreyImage sketch = reduced(bright, factor);
  const std::size_t size = std::max(least_opening, std::min(sketch.width, sketch.height) / 3) | 1U;
  const GreyImage paper = opened(sketch, size, size);
  GreyImage strength = bright;
  for (std::size_t y = 0; y < bright.height; ++y)
    for (std::size_t x = 0; x < bright.width; ++x) {
      auto& pixel = strength.pixels[y * bright.width + x];
      pixel -= std::min(pixel, paper.pixels[y / factor * paper.width + x / factor]);
    }
  return strength;
}

/// The mean strength of what stands out, weighted by the square of the strength: shadows that were not
/// removed whole are weak, however large they are.
double ink_level(const std::vector<std::uint8_t>& strength, double least) {
  double squares = 0;
  double cubes = 0;
  for (const double value : strength)
    if (value > least) {
      squares += value * value;
      cubes += value * value * value;
    }
  return squares > 0 ? cubes / squares : 0;
}

/// The ink of a picture that was cleaned and has so much noise left.
Ink separated(const GreyImage& picture, double noise) {
  const GreyImage bright = has_bright_ink(picture) ? picture : inverted(picture);
  Ink ink{.strength = strength_of(bright), .noise = noise};
  // An opening follows the noise's lowest values, so empty paper has some strength: that of the lower quarter
  // of all pixels, since ink may fill more than half.
  const double offset = quantile(ink.strength.pixels, 0.25) + 0.6745 * noise;
  for (auto& pixel : ink.strength.pixels) pixel = static_cast<std::uint8_t>(std::max(0.0, pixel - offset));
  const double level = ink_level(ink.strength.pixels, 3 * noise);
  if (level >= std::max(least_contrast, least_signal_to_noise * noise)) ink.level = level;
  return ink;
}

}  // namespace

bool has_bright_ink(const GreyImage& picture) {
  if (std::min(picture.width, picture.height) < small_side) return stands_out_bright(picture);
  const GreyImage inner = reduced(picture, factor_to(picture.pixels.size(), polarity_pixels));
  // What lies at the border goes on beyond it: a rim of paper round a digit is no narrow structure.
  const GreyImage sketch = extended(inner, widths.back() / 2 + 1);
  const double bright = narrow_structure(sketch);
  const double dark = narrow_structure(inverted(sketch));
  // The strokes of a bold digit are as wide as its gaps. Then the border tells, if all of it is alike.
  const Border border = border_of(inner);
  const bool is_doubtful = std::max(bright, dark) < most_doubtful * std::min(bright, dark);
  if (is_doubtful && border.is_plain && !surrounds_a_sheet(inner, border.is_dark)) return border.is_dark;
  return bright > dark;
}

Ink find_ink(const GreyImage& picture) {
  if (picture.pixels.empty()) return {};
  const double noise = noise_of(picture);
  const bool is_tiny = std::max(picture.width, picture.height) < tiny_side;
  GreyImage clean = is_tiny ? picture : without_specks(picture);
  // Where the border is all alike, so is the light.
  if (!is_tiny && !border_of(clean).is_plain) clean = levelled(clean);
  Ink ink = separated(clean, noise);
  // Blurring once and twice with 1 2 1 leaves 6/16 and 70/256 of white noise.
  const bool is_small = std::min(picture.width, picture.height) < small_side;
  for (const double rest : {6.0 / 16, 70.0 / 256}) {
    if (is_small || ink.level >= clear_signal_to_noise * ink.noise) break;
    clean = blurred(clean);
    ink = separated(clean, noise * rest);
  }
  return ink;
}

}  // namespace scrawl
