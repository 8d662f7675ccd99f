#include "image/ink.h"

#include "image/cleaning.h"
#include "image/leptonica.h"
#include "image/resample.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <new>
#include <vector>

#include <leptonica/allheaders.h>

namespace scrawl {
namespace {

/// In larger pictures, polarity and paper are judged on about so many pixels.
constexpr std::size_t polarity_pixels = 100'000;
constexpr std::size_t paper_pixels = 40'000;
/// Wider than any stroke of a small picture.
constexpr std::size_t least_opening = 15;

// What a level must be to be that of ink; and what it must be for the picture not to be blurred.
constexpr double least_contrast = 12;
constexpr double least_signal_to_noise = 5;
constexpr double clear_signal_to_noise = 10;

PixPtr opened(Pix& pix, std::size_t size) {
  PixPtr result(pixOpenGray(&pix, static_cast<l_int32>(size), static_cast<l_int32>(size)));
  if (!result) throw std::bad_alloc();
  return result;
}

GreyImage inverted(GreyImage image) {
  for (auto& pixel : image.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
  return image;
}

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
  const PixPtr pix = to_pix(bright);
  double score = 0;
  double before = 0;
  for (const std::size_t size : {3, 5, 9, 17, 33}) {
    const GreyImage rest = from_pix(*opened(*pix, size));
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

/// Where everything is small, strokes may be as wide as gaps, but light hardly changes: then the ground is
/// what most of the border shows, and the ink what stands out from it.
bool stands_out_bright(const GreyImage& picture) {
  std::vector<std::uint8_t> border;
  border.reserve(2 * (picture.width + picture.height));
  for (std::size_t y = 0; y < picture.height; ++y)
    for (std::size_t x = 0; x < picture.width; ++x)
      if (x == 0 || y == 0 || x + 1 == picture.width || y + 1 == picture.height)
        border.push_back(picture.pixels[y * picture.width + x]);
  const double ground = quantile(border, 0.5);
  double cubes = 0;
  for (const double pixel : picture.pixels) cubes += (pixel - ground) * (pixel - ground) * (pixel - ground);
  return cubes > 0;
}

/// How bright ink stands out from the paper.
GreyImage strength_of(const GreyImage& bright) {
  const std::size_t factor = factor_to(bright.pixels.size(), paper_pixels);
  const GreyImage sketch = reduced(bright, factor);
  const std::size_t size = std::max(least_opening, std::min(sketch.width, sketch.height) / 3) | 1U;
  const GreyImage paper = from_pix(*opened(*to_pix(sketch), size));
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
  silence_leptonica();
  if (std::min(picture.width, picture.height) < small_side) return stands_out_bright(picture);
  const GreyImage sketch = reduced(picture, factor_to(picture.pixels.size(), polarity_pixels));
  return narrow_structure(sketch) > narrow_structure(inverted(sketch));
}

Ink find_ink(const GreyImage& picture) {
  if (picture.pixels.empty()) return {};
  silence_leptonica();
  const double noise = noise_of(picture);
  const bool is_tiny = std::max(picture.width, picture.height) < tiny_side;
  GreyImage clean = is_tiny ? picture : levelled(without_specks(picture));
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
