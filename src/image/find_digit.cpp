#include "image/find_digit.h"

#include "image/cleaning.h"
#include "image/components.h"
#include "image/ink.h"
#include "image/resample.h"
#include "image/stroke.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace scrawl {
namespace {

constexpr std::size_t most_working_pixels = 400'000;

// Of the ink's level: what belongs to a stroke, and what a stroke must have somewhere.
constexpr double weak_ink = 0.3;
constexpr double strong_ink = 0.55;

// Strength becomes grey: black up to the first, white from the second on, as parts of the level.
constexpr double black_level = 0.08;
constexpr double white_level = 0.85;

constexpr std::size_t least_side = 5;      // of a digit, in pixels
constexpr std::size_t smallest_part = 64;  // and as a part of the picture's shorter side
constexpr double border_penalty = 0.25;    // for what touches the border: rather a shadow or a frame
constexpr double least_part_mass = 0.02;   // of the digit so far
constexpr double largest_gap = 0.35;       // of the digit's longer side so far

// MNIST's strokes, measured on its training images by stroke_width at four times their size, in pixels of
// 28x28.
constexpr double thin_stroke = 1.6;   // 1 % are thinner
constexpr double usual_stroke = 2.5;  // half are thinner
constexpr std::size_t stroke_scale = 4;
constexpr std::size_t stroke_side = 20 * stroke_scale;

/// The pixels between two boxes, along the axis where they are farther apart; 0 where they touch or overlap.
std::size_t gap(const Box& a, const Box& b) {
  const auto along = [](std::size_t a0, std::size_t a1, std::size_t b0, std::size_t b1) {
    return a1 < b0 ? b0 - a1 : b1 < a0 ? a0 - b1 : 0;
  };
  return std::max(along(a.x, a.x + a.width, b.x, b.x + b.width),
                  along(a.y, a.y + a.height, b.y, b.y + b.height));
}

Box joined(const Box& a, const Box& b) {
  const std::size_t x = std::min(a.x, b.x);
  const std::size_t y = std::min(a.y, b.y);
  return {.x = x,
          .y = y,
          .width = std::max(a.x + a.width, b.x + b.width) - x,
          .height = std::max(a.y + a.height, b.y + b.height) - y};
}

struct Group {
  Box box = {};
  std::vector<bool> members = {};  ///< by component
};

/// The components that make up the digit: the heaviest, and what is near it and not too light.
std::optional<Group> digit_of(const Components& components, const Ink& ink) {
  const auto& all = components.all;
  std::optional<std::size_t> main;
  const auto rank = [&](const Component& component) {
    return component.mass * (component.touches_border ? border_penalty : 1);
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].strongest < strong_ink * ink.level) continue;
    if (!main || rank(all[i]) > rank(all[*main])) main = i;
  }
  if (!main) return std::nullopt;
  Group group{.box = all[*main].box, .members = std::vector<bool>(all.size())};
  group.members[*main] = true;
  double mass = all[*main].mass;
  for (bool grown = true; grown;) {
    grown = false;
    const auto longer = static_cast<double>(std::max(group.box.width, group.box.height));
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Component& part = all[i];
      if (group.members[i] || part.strongest < strong_ink * ink.level) continue;
      if (part.touches_border && !all[*main].touches_border) continue;
      if (part.mass < least_part_mass * mass) continue;
      if (static_cast<double>(gap(group.box, part.box)) > largest_gap * longer) continue;
      group.members[i] = true;
      group.box = joined(group.box, part.box);
      mass += part.mass;
      grown = true;
    }
  }
  return group;
}

/// The digit alone, bright on black, with a border of one pixel for its soft edges.
GreyImage cut_out(const Ink& ink, const Components& components, const Group& group) {
  const GreyImage& strength = ink.strength;
  const double black = std::max(black_level * ink.level, 2 * ink.noise);
  const double range = std::max(1.0, white_level * ink.level - black);
  GreyImage digit{.width = group.box.width + 2, .height = group.box.height + 2};
  digit.pixels.resize(digit.width * digit.height);
  const auto is_member = [&](std::size_t x, std::size_t y) {
    const std::uint32_t label = components.labels[y * strength.width + x];
    return label != 0 && group.members[label - 1];
  };
  for (std::size_t j = 0; j < digit.height; ++j)
    for (std::size_t i = 0; i < digit.width; ++i) {
      if (group.box.x + i < 1 || group.box.y + j < 1) continue;
      const std::size_t x = group.box.x + i - 1;
      const std::size_t y = group.box.y + j - 1;
      if (x >= strength.width || y >= strength.height) continue;
      bool near = false;
      for (std::size_t ny = y - (y > 0); ny <= std::min(y + 1, strength.height - 1); ++ny)
        for (std::size_t nx = x - (x > 0); nx <= std::min(x + 1, strength.width - 1); ++nx)
          near = near || is_member(nx, ny);
      if (!near) continue;
      const double value = (strength.pixels[y * strength.width + x] - black) / range;
      digit.pixels[j * digit.width + i] =
          static_cast<std::uint8_t>(std::lround(255 * std::clamp(value, 0.0, 1.0)));
    }
  return digit;
}

/// The digit with its longer side as in MNIST's form, but stroke_scale times as large, with room around it.
GreyImage enlarged(const GreyImage& digit) {
  const Box whole{.width = digit.width, .height = digit.height};
  const Box size = fitted(whole, stroke_side);
  const GreyImage inner = scaled(digit, whole, size.width, size.height);
  constexpr std::size_t room = 2 * stroke_scale;
  GreyImage result{.width = inner.width + 2 * room, .height = inner.height + 2 * room};
  result.pixels.resize(result.width * result.height);
  for (std::size_t y = 0; y < inner.height; ++y)
    std::copy_n(&inner.pixels[y * inner.width], inner.width,
                &result.pixels[(y + room) * result.width + room]);
  return result;
}

/// Makes the strokes of the digit bright and, where they are thinner than MNIST's ever are, wider.
MnistImage with_strokes_of_mnist(const GreyImage& digit) {
  GreyImage large = enlarged(digit);
  const double width = stroke_width(large) / stroke_scale;
  if (width >= thin_stroke) return to_mnist_form(digit);
  double squares = 0;
  double cubes = 0;
  for (const double value : large.pixels) {
    squares += value * value;
    cubes += value * value * value;
  }
  if (squares > 0)
    for (auto& pixel : large.pixels)
      pixel = static_cast<std::uint8_t>(std::min(255.0, pixel * 255.0 * squares / cubes));
  return to_mnist_form(thickened(large, (usual_stroke - width) / 2 * stroke_scale));
}

/// The picture as it is, or with black and white exchanged, if it is in MNIST's form.
std::optional<FoundDigit> digit_in_mnist_form(const GreyView& picture) {
  if (picture.width != mnist_side || picture.height != mnist_side) return std::nullopt;
  const auto pass = [](const GreyView& image) -> std::optional<FoundDigit> {
    const auto box = box_in_mnist_form(image);
    if (!box) return std::nullopt;
    FoundDigit found{.box = *box, .is_whole = true};
    for (std::size_t y = 0; y < mnist_side; ++y)
      std::copy_n(image.row(y), mnist_side,
                  found.image.begin() + static_cast<std::ptrdiff_t>(y * mnist_side));
    return found;
  };
  const auto found = pass(picture);
  return found ? found : pass(inverted(picture));
}

}  // namespace

std::optional<FoundDigit> find_digit(const GreyView& picture) {
  if (auto found = digit_in_mnist_form(picture)) return found;
  const std::size_t factor = factor_to(picture.width * picture.height, most_working_pixels);
  const Ink ink = find_ink(reduced(picture, factor));
  if (ink.level == 0) return std::nullopt;
  const double threshold = std::max(weak_ink * ink.level, 3 * ink.noise);
  const Components components = find_components(ink.strength, static_cast<std::uint8_t>(threshold));
  const auto group = digit_of(components, ink);
  if (!group) return std::nullopt;
  const Box& box = group->box;
  const std::size_t shorter = std::min(ink.strength.width, ink.strength.height);
  if (std::max(box.width, box.height) < std::max(least_side, shorter / smallest_part)) return std::nullopt;
  FoundDigit found{.box = {.x = box.x * factor, .y = box.y * factor},
                   .image = with_strokes_of_mnist(cut_out(ink, components, *group))};
  found.box.width = std::min(box.width * factor, picture.width - found.box.x);
  found.box.height = std::min(box.height * factor, picture.height - found.box.y);
  return found;
}

}  // namespace scrawl
