#include "synth/page_hand.h"

#include "synth/glyphs.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace scrawl {
namespace {

constexpr float inked = 0.4F;  // what counts as ink
constexpr float drawn_share = 0.2F;
constexpr std::size_t border = 2;  // of a stamp, for soft edges

/// Ink of one character, cut out at its size on the page.
struct Stamp {
  Canvas canvas{1, 1};
  std::size_t left = 0;  // of its ink
  std::size_t right = 0;
  std::size_t bottom = 0;
};

float pixel_of(const GreyImage& image, std::ptrdiff_t x, std::ptrdiff_t y) {
  if (x < 0 || y < 0 || x >= static_cast<std::ptrdiff_t>(image.width) ||
      y >= static_cast<std::ptrdiff_t>(image.height))
    return 0;
  return static_cast<float>(
      image.pixels[static_cast<std::size_t>(y) * image.width + static_cast<std::size_t>(x)]);
}

/// The weights of four neighbours at `t` between the middle ones (Catmull and Rom): enlarged strokes keep
/// smooth outlines, which linear interpolation makes polygons of.
std::array<float, 4> cubic_weights(float t) {
  return {0.5F * t * (t * (2 - t) - 1), 0.5F * (t * t * (3 * t - 5) + 2), 0.5F * t * (t * (4 - 3 * t) + 1),
          0.5F * t * t * (t - 1)};
}

/// Between pixel middles, from 0 to 1.
float sample(const GreyImage& image, float x, float y) {
  const float x0 = std::floor(x - 0.5F);
  const float y0 = std::floor(y - 0.5F);
  const auto across = cubic_weights(x - 0.5F - x0);
  const auto down = cubic_weights(y - 0.5F - y0);
  float sum = 0;
  for (std::ptrdiff_t j = 0; j < 4; ++j) {
    float row = 0;
    for (std::ptrdiff_t i = 0; i < 4; ++i)
      row += across[static_cast<std::size_t>(i)] * pixel_of(image, static_cast<std::ptrdiff_t>(x0) + i - 1,
                                                            static_cast<std::ptrdiff_t>(y0) + j - 1);
    sum += down[static_cast<std::size_t>(j)] * row;
  }
  return sum / 255;
}

/// Where the image is brighter than a quarter; empty if nowhere.
Box extent_of(const GreyImage& image) {
  constexpr std::uint8_t quarter = 64;
  std::size_t left = image.width;
  std::size_t right = 0;
  std::size_t top = image.height;
  std::size_t bottom = 0;
  for (std::size_t y = 0; y < image.height; ++y)
    for (std::size_t x = 0; x < image.width; ++x)
      if (image.pixels[y * image.width + x] >= quarter) {
        left = std::min(left, x);
        right = std::max(right, x + 1);
        top = std::min(top, y);
        bottom = std::max(bottom, y + 1);
      }
  if (left >= right) return {};
  return {left, top, right - left, bottom - top};
}

GreyImage draw_character(char digit, bool printed, const DigitSource& source, Chance& chance) {
  if (printed && !source.fonts.empty()) {
    const Font& font = source.fonts[chance.below(source.fonts.size())];
    if (font.outlines(digit) != nullptr) return font.print(digit, chance);
  }
  const auto& images = source.of_digit[static_cast<std::size_t>(digit - '0')];
  if (!images.empty() && !chance.happens(drawn_share)) {
    const auto pixels = source.images.image(images[chance.below(images.size())]);
    GreyImage image{.width = source.images.shape.width,
                    .height = source.images.shape.height,
                    .pixels = {pixels.begin(), pixels.end()}};
    if (extent_of(image).width > 0) return image;
  }
  std::vector<Glyph> ways;
  for (const Glyph& glyph : digit_glyphs())
    if (glyph.name[0] == digit) ways.push_back(glyph);
  return write_glyph(ways[chance.below(ways.size())], chance);
}

/// At the given height, or smaller where it would be wider than high. Enlarged edges are made as sharp as a
/// pen's.
Stamp stamp_of(const GreyImage& image, float height, float most_width, float bold) {
  const Box from = extent_of(image);
  const float scale =
      std::min(height / static_cast<float>(from.height), most_width / static_cast<float>(from.width));
  const float contrast = std::max(1.4F, scale * 0.9F);
  const auto size = [&](std::size_t length) {
    return static_cast<std::size_t>(std::ceil(static_cast<float>(length) * scale)) + 2 * border;
  };
  Stamp stamp{.canvas = Canvas(size(from.width), size(from.height))};
  stamp.left = stamp.canvas.width();
  for (std::size_t y = 0; y < stamp.canvas.height(); ++y)
    for (std::size_t x = 0; x < stamp.canvas.width(); ++x) {
      const auto at = [&](std::size_t k, std::size_t start) {
        return static_cast<float>(start) + (static_cast<float>(k) + 0.5F - border) / scale;
      };
      const float value = sample(image, at(x, from.x), at(y, from.y));
      const float ink = std::clamp((value - 0.5F + bold) * contrast + 0.5F, 0.0F, 1.0F);
      // Else `bold` would raise the paper itself.
      stamp.canvas(x, y) = value > 0.05F ? ink : 0;
      if (stamp.canvas(x, y) <= inked) continue;
      stamp.left = std::min(stamp.left, x);
      stamp.right = std::max(stamp.right, x + 1);
      stamp.bottom = std::max(stamp.bottom, y + 1);
    }
  if (stamp.left >= stamp.right) stamp.left = 0;
  return stamp;
}

/// The ink at the right end of each row of the page, for the digits written last.
using RightEnds = std::vector<float>;
constexpr float no_ink = std::numeric_limits<float>::lowest();

/// How far to the left the stamp could move from x = 0 until it touches what is there; `no_ink` if it never
/// would.
float reach_of(Stamp& stamp, std::ptrdiff_t top, const RightEnds& ends) {
  float reach = no_ink;
  for (std::size_t y = 0; y < stamp.canvas.height(); ++y) {
    const std::ptrdiff_t row = top + static_cast<std::ptrdiff_t>(y);
    if (row < 0 || row >= static_cast<std::ptrdiff_t>(ends.size())) continue;
    const float end = ends[static_cast<std::size_t>(row)];
    if (end == no_ink) continue;
    for (std::size_t x = 0; x < stamp.canvas.width(); ++x)
      if (stamp.canvas(x, y) > inked) {
        reach = std::max(reach, end - static_cast<float>(x));
        break;
      }
  }
  return reach;
}

std::vector<PenPoint> press(Canvas& canvas, Stamp& stamp, std::ptrdiff_t left, std::ptrdiff_t top) {
  std::vector<PenPoint> ink;
  for (std::size_t y = 0; y < stamp.canvas.height(); ++y)
    for (std::size_t x = 0; x < stamp.canvas.width(); ++x) {
      const std::ptrdiff_t page_x = left + static_cast<std::ptrdiff_t>(x);
      const std::ptrdiff_t page_y = top + static_cast<std::ptrdiff_t>(y);
      if (page_x < 0 || page_y < 0 || page_x >= static_cast<std::ptrdiff_t>(canvas.width()) ||
          page_y >= static_cast<std::ptrdiff_t>(canvas.height()))
        continue;
      const float value = stamp.canvas(x, y);
      float& to = canvas(static_cast<std::size_t>(page_x), static_cast<std::size_t>(page_y));
      to = std::max(to, value);
      if (value > inked)
        ink.push_back({static_cast<float>(page_x) + 0.5F, static_cast<float>(page_y) + 0.5F});
    }
  return ink;
}

}  // namespace

DigitSource digit_source(const DatasetView& images, std::span<const Font> fonts) {
  DigitSource source{.images = images, .fonts = fonts};
  for (std::size_t i = 0; i < images.size(); ++i)
    if (images.labels[i] < source.of_digit.size())
      source.of_digit[images.labels[i]].push_back(static_cast<std::uint32_t>(i));
  return source;
}

Hand draw_hand(float touching, Chance& chance) {
  return {.bold = chance.from(-0.08F, 0.22F), .uneven = chance.from(0.02F, 0.07F), .touching = touching};
}

std::vector<InkedDigit> write_number(Canvas& canvas, const PageNumber& number, const Hand& hand,
                                     const DigitSource& source, Chance& chance) {
  std::vector<InkedDigit> digits;
  RightEnds ends(canvas.height(), no_ink);
  float end = number.left;
  for (std::size_t i = 0; i < number.text.size(); ++i) {
    const char value = number.text[i];
    const float height = number.height * (1 + std::clamp(chance.normal(hand.uneven), -0.15F, 0.15F));
    // Pens differ, presses do not.
    const float bold = number.printed ? 0 : hand.bold;
    // MNIST's own limit: a digit fills a square of 20x20.
    const float most_width =
        number.pitch > 0 ? std::min(number.height * 0.9F, number.pitch * 0.75F) : height * 0.9F;
    Stamp stamp = stamp_of(draw_character(value, number.printed, source, chance), height, most_width, bold);
    const float rise = number.printed ? 0 : chance.normal(0.025F) * number.height;
    const auto bottom = static_cast<std::ptrdiff_t>(std::lround(number.baseline - rise));
    const std::ptrdiff_t top = bottom - static_cast<std::ptrdiff_t>(stamp.bottom);
    const bool touches = chance.happens(hand.touching);
    const float gap = number.height * chance.from(0.1F, 0.26F);
    float left = end - static_cast<float>(stamp.left);
    if (number.pitch > 0) {
      const float middle = static_cast<float>(stamp.left + stamp.right) / 2;
      const float shift = number.printed ? 0 : chance.around(0.07F) * number.pitch;
      left = number.left + (static_cast<float>(i) + 0.5F) * number.pitch - middle + shift;
    } else if (i > 0) {
      const float reach = reach_of(stamp, top, ends);
      // Slanted neighbours reach over each other a little; those that touch share two pixels of ink.
      const float nearest = left - number.height * (touches ? 0.5F : 0.12F);
      left = std::max(touches ? reach - 2 : reach + gap, nearest);
      if (reach == no_ink) left = nearest;
    }
    const auto column = static_cast<std::ptrdiff_t>(std::lround(left));
    digits.push_back({value, number.printed, press(canvas, stamp, column, top)});
    for (const PenPoint p : digits.back().ink) {
      float& right = ends[static_cast<std::size_t>(p.y)];
      right = std::max(right, p.x + 0.5F);
      end = std::max(end, p.x + 0.5F);
    }
  }
  return digits;
}

void write_word(Canvas& canvas, const PageNumber& word, const Hand& hand, Chance& chance) {
  const auto letters = letter_glyphs();
  float end = word.left;
  for (std::size_t i = 0; i < word.text.size(); ++i) {
    const Glyph& glyph = letters[chance.below(letters.size())];
    Stamp stamp = stamp_of(write_glyph(glyph, chance), word.height, word.height * 0.9F, hand.bold);
    const auto column =
        static_cast<std::ptrdiff_t>(std::lround(end)) - static_cast<std::ptrdiff_t>(stamp.left);
    const auto bottom = static_cast<std::ptrdiff_t>(std::lround(word.baseline));
    press(canvas, stamp, column, bottom - static_cast<std::ptrdiff_t>(stamp.bottom));
    end += static_cast<float>(stamp.right - stamp.left) + word.height * chance.from(0.08F, 0.2F);
  }
}

}  // namespace scrawl
