#include "synth/other_marks.h"

#include "image/resample.h"
#include "synth/canvas.h"
#include "synth/glyphs.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string_view>

namespace scrawl {
namespace {

constexpr std::size_t side = mnist_side;
constexpr auto fside = static_cast<float>(side);

/// Printed letters that no digit looks like.
constexpr std::string_view printed_letters = "AaCcdEeFfGHhJKkLMmNnPpQRrTtUuVvWwXxYy@#&%?*+=$";

GreyImage as_picture(const MnistImage& image) {
  return {.width = side, .height = side, .pixels = {image.begin(), image.end()}};
}

MnistImage as_mnist(const GreyImage& image) {
  MnistImage out;
  std::copy(image.pixels.begin(), image.pixels.end(), out.begin());
  return out;
}

MnistImage draw_letter(Chance& chance) {
  const auto letters = letter_glyphs();
  return to_mnist_form(write_glyph(letters[chance.below(letters.size())], chance));
}

MnistImage draw_printed_letter(Chance& chance, std::span<const Font> fonts) {
  const Font& font = fonts[chance.below(fonts.size())];
  const char letter = printed_letters[chance.below(printed_letters.size())];
  if (font.outlines(letter) == nullptr) return draw_letter(chance);
  return to_mnist_form(font.print(letter, chance));
}

/// Many strokes without meaning: a few would at times be a digit.
MnistImage scribble(Chance& chance) {
  constexpr std::size_t scribble_side = 96;
  Canvas canvas(scribble_side, scribble_side);
  const float radius = chance.from(1.5F, 6);
  const std::size_t strokes = 1 + chance.below(4);
  for (std::size_t s = 0; s < strokes; ++s) {
    std::vector<PenPoint> points(strokes < 3 ? 7 + chance.below(8) : 3 + chance.below(5));
    for (PenPoint& p : points) p = {chance.from(10, 86), chance.from(10, 86)};
    const bool is_curve = chance.happens(0.7F);
    canvas.stroke(is_curve ? smooth(points) : points, radius * chance.from(0.7F, 1.3F));
  }
  return to_mnist_form(canvas.image());
}

/// A part of a digit, where it was or as if it were a whole one.
MnistImage cut_digit(Chance& chance, const DatasetView& digits) {
  std::size_t number = 0;
  std::uint8_t label = 0;
  do {
    number = chance.below(digits.size());
    label = digits.labels[number];
  } while (label == 1);  // half of it is one, too
  MnistImage image;
  std::copy_n(digits.image(number).data(), image.size(), image.begin());
  // Seen as wholes, these would be others: the lower half of 9 is a 1, the upper one of 8 a 0.
  const bool stays_strange = label == 0 || label == 2 || label == 3 || label == 5;
  const bool along_x = chance.happens(0.5F);
  const bool keeps_first = chance.happens(0.5F);
  const std::size_t cut = 12 + chance.below(5);
  for (std::size_t y = 0; y < side; ++y)
    for (std::size_t x = 0; x < side; ++x)
      if (((along_x ? x : y) < cut) != keeps_first) image[y * side + x] = 0;
  return stays_strange && chance.happens(0.5F) ? to_mnist_form(as_picture(image)) : image;
}

/// Two or three digits side by side, at times touching.
MnistImage group_digits(Chance& chance, const DatasetView& digits) {
  const std::size_t count = chance.happens(0.8F) ? 2 : 3;
  GreyImage row{
      .width = side * count, .height = side, .pixels = std::vector<std::uint8_t>(side * side * count)};
  std::size_t left = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const auto image = digits.image(chance.below(digits.size()));
    std::size_t first = side;  // of its columns with ink
    std::size_t last = 0;
    for (std::size_t i = 0; i < image.size(); ++i)
      if (image[i] > 64) {
        first = std::min(first, i % side);
        last = std::max(last, i % side);
      }
    if (first > last) continue;
    const std::size_t rise = chance.below(5);
    for (std::size_t y = 0; y + rise < side; ++y)
      for (std::size_t x = first; x <= last; ++x) {
        std::uint8_t& to = row.pixels[(y + rise) * row.width + left + x - first];
        to = std::max(to, image[y * side + x]);
      }
    left += last - first + 1 + chance.below(5);
    if (left >= 2) left -= chance.below(3);
  }
  return to_mnist_form(row);
}

/// Random grey values, smooth over so many pixels. REQUIRES at least one each way.
std::vector<float> soft_noise(Chance& chance, float cell_x, float cell_y) {
  constexpr std::size_t knots = side + 2;
  std::vector<float> values(knots * knots);
  for (float& value : values) value = chance.from(0, 1);
  std::vector<float> noise(side * side);
  for (std::size_t y = 0; y < side; ++y)
    for (std::size_t x = 0; x < side; ++x) {
      const float at_x = static_cast<float>(x) / cell_x;
      const float at_y = static_cast<float>(y) / cell_y;
      const auto x0 = static_cast<std::size_t>(at_x);
      const auto y0 = static_cast<std::size_t>(at_y);
      const float fx = at_x - static_cast<float>(x0);
      const float fy = at_y - static_cast<float>(y0);
      const auto value = [&](std::size_t dx, std::size_t dy) { return values[(y0 + dy) * knots + x0 + dx]; };
      noise[y * side + x] = (1 - fy) * ((1 - fx) * value(0, 0) + fx * value(1, 0)) +
                            fy * ((1 - fx) * value(0, 1) + fx * value(1, 1));
    }
  return noise;
}

MnistImage draw_noise(Chance& chance) {
  MnistImage image = {};
  const std::size_t kind = chance.below(7);
  const float cell = chance.from(1, 7);
  const float stretch = chance.from(0.5F, 2);
  const auto noise =
      kind == 0 ? soft_noise(chance, 1, 1) : soft_noise(chance, cell, std::max(1.0F, cell * stretch));
  const float level = chance.from(0.2F, 0.8F);
  const float strength = chance.from(0.3F, 1);
  const float period = chance.from(2, 10);
  const float slope_x = chance.around(1);
  const float slope_y = chance.around(1);
  for (std::size_t i = 0; i < image.size(); ++i) {
    const std::size_t row = i / side;
    const float along = slope_x * static_cast<float>(i % side) + slope_y * static_cast<float>(row);
    const float wave = along / period - std::floor(along / period);
    float ink = 0;
    switch (kind) {
      case 0:                                                                 // every pixel by itself
      case 1: ink = noise[i]; break;                                          // clouds
      case 2: ink = noise[i] > level ? 1.0F : 0.0F; break;                    // blots
      case 3: ink = noise[i] * (chance.happens(level) ? 1.0F : 0.0F); break;  // grain
      case 4: ink = wave > level ? 1.0F : noise[i] * 0.3F; break;             // stripes
      case 5: ink = chance.happens(level * 0.15F) ? 1.0F : 0.0F; break;       // dots
      default: ink = 0.5F + along / (2 * fside); break;                       // a slope of grey
    }
    image[i] = grey_of(ink * strength);
  }
  if (chance.happens(0.1F)) image.fill(grey_of(chance.happens(0.5F) ? 0.0F : level));
  return image;
}

/// A thing with an inside: one or a few filled shapes, often the same left and right, with shades and
/// patterns.
MnistImage draw_thing(Chance& chance) {
  Canvas canvas(side, side);
  const bool is_even = chance.happens(0.7F);
  const std::size_t shapes = 1 + chance.below(4);
  const float base = chance.from(0.35F, 1);
  for (std::size_t s = 0; s < shapes; ++s) {
    Polyline outline;
    const float half_width = chance.from(2, 13.5F);
    const float top = s == 0 ? chance.from(0, 10) : chance.from(0, 22);
    const float bottom = std::min(fside, top + chance.from(4, 28));
    const float middle = is_even ? fside / 2 : chance.from(6, 22);
    const std::size_t corners = 2 + chance.below(4);
    Polyline left_side;
    for (std::size_t k = 0; k < corners; ++k) {
      const float y = top + (bottom - top) * static_cast<float>(k) / static_cast<float>(corners - 1);
      const float right = half_width * chance.from(0.5F, 1.1F);
      outline.push_back({middle + right, y});
      left_side.push_back({middle - (is_even ? right : half_width * chance.from(0.5F, 1.1F)), y});
    }
    outline.insert(outline.end(), left_side.rbegin(), left_side.rend());
    const std::vector<Polyline> outlines = {chance.happens(0.4F) ? smooth(outline, 4) : outline};
    canvas.fill(outlines, s > 0 && chance.happens(0.2F) ? 0 : base * chance.from(0.6F, 1));
  }
  const float cell = chance.from(1, 8);
  const auto noise = soft_noise(chance, cell, cell);
  const float shade = chance.from(0, 0.7F);
  const float period = chance.happens(0.3F) ? chance.from(2, 7) : 1000.0F;
  const bool across = chance.happens(0.5F);
  MnistImage image;
  for (std::size_t i = 0; i < image.size(); ++i) {
    const float along = static_cast<float>(across ? i / side : i % side) / period;
    const float pattern = along - std::floor(along) > 0.5F ? 0.6F : 1.0F;
    image[i] = grey_of(canvas(i % side, i / side) * (1 - shade * noise[i]) * pattern);
  }
  return image;
}

/// Lines of forms and tables, crossing or parallel, dashes and corners.
MnistImage draw_rules(Chance& chance) {
  constexpr std::size_t rules_side = 84;
  constexpr float most = rules_side;
  Canvas canvas(rules_side, rules_side);
  const float radius = chance.from(1, 5);
  const float tilt = chance.normal(4);
  const auto line = [&](float x0, float y0, float x1, float y1) {
    canvas.stroke(std::vector<PenPoint>{{x0, y0 - tilt}, {x1, y1 + tilt}}, radius);
  };
  switch (chance.below(5)) {
    case 0: {  // a dash
      const float from = chance.from(20, 64);
      line(8, from, most - 8, chance.from(20, 64));
      break;
    }
    case 1: {  // parallels
      const float gap = chance.from(12, 30);
      for (float at = chance.from(8, 20); at < most; at += gap) line(4, at, most - 4, at);
      break;
    }
    case 2: {  // a grid
      const float gap = chance.from(18, 40);
      for (float at = chance.from(4, 24); at < most; at += gap) {
        line(0, at, most, at);
        canvas.stroke(std::vector<PenPoint>{{at + tilt, 0}, {at - tilt, most}}, radius);
      }
      break;
    }
    case 3: {  // corners and crossings
      const float x = chance.from(10, 74);
      const float y = chance.from(10, 74);
      line(x, y, chance.happens(0.5F) ? most : 0, y);
      if (chance.happens(0.5F)) line(0, y, most, y);
      canvas.stroke(std::vector<PenPoint>{{x, chance.happens(0.5F) ? y : 0}, {x, most}}, radius);
      break;
    }
    default: {  // two uprights, or dots
      const float gap = chance.from(14, 50);
      if (chance.happens(0.5F)) {
        for (const float x : {most / 2 - gap / 2, most / 2 + gap / 2})
          canvas.stroke(std::vector<PenPoint>{{x + tilt, 6}, {x - tilt, most - 6}}, radius);
      } else {
        for (std::size_t k = 2 + chance.below(4); k > 0; --k)
          canvas.stroke(std::vector<PenPoint>{{chance.from(10, 74), chance.from(10, 74)}}, radius + 2);
      }
    }
  }
  const GreyImage image = canvas.image();
  return chance.happens(0.5F) ? to_mnist_form(image)
                              : as_mnist(scaled(image, {0, 0, rules_side, rules_side}, side, side));
}

}  // namespace

MnistImage draw_other_mark(OtherMark mark, Chance& chance, const DatasetView& digits,
                           std::span<const Font> fonts) {
  const bool has_digits = digits.size() > 0;
  switch (mark) {
    case OtherMark::printed_letter:
      if (!fonts.empty()) return draw_printed_letter(chance, fonts);
      break;
    case OtherMark::half:
      if (has_digits) return cut_digit(chance, digits);
      break;
    case OtherMark::group:
      if (has_digits) return group_digits(chance, digits);
      break;
    case OtherMark::scribble: return scribble(chance);
    case OtherMark::noise: return draw_noise(chance);
    case OtherMark::thing: return draw_thing(chance);
    case OtherMark::rules: return draw_rules(chance);
    case OtherMark::letter: break;
  }
  return draw_letter(chance);
}

}  // namespace scrawl
