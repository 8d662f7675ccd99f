#include "image/find_digit.h"

#include "image/cleaning.h"
#include "image/components.h"
#include "image/ink.h"
#include "image/mnist_strokes.h"
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

constexpr std::size_t least_side = 5;       // of a digit, in pixels
constexpr std::size_t smallest_part = 125;  // and as a part of the picture's shorter side
constexpr std::size_t least_sketch = 40;    // a digit that is smaller after reduction is cut out before it
constexpr double border_penalty = 0.25;     // for what touches the border: rather a shadow or a frame
constexpr double longest_cut = 0.6;         // of a side, that a part of a digit covers at the border
constexpr double least_part_mass = 0.02;    // of the digit so far
constexpr double largest_gap = 0.35;        // of the digit's longer side so far
constexpr double largest_border_gap = 0.2;  // the same for what touches the border,
constexpr double largest_growth = 1.5;      // which may make the digit longer by this

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

std::size_t longer_side(const Box& box) { return std::max(box.width, box.height); }

/// Chooses the components that make up the digit.
class DigitParts {
 public:
  DigitParts(const Components& components, const Ink& ink) : all_(components.all), ink_(ink) {}

  /// The heaviest component, and what is near it and not too light.
  std::optional<Group> find() const {
    const auto main = find_main();
    if (!main) return std::nullopt;
    Group group{.box = all_[*main].box, .members = std::vector<bool>(all_.size())};
    group.members[*main] = true;
    double mass = all_[*main].mass;
    for (bool grown = true; grown;) {
      grown = false;
      for (std::size_t i = 0; i < all_.size(); ++i) {
        if (group.members[i] || !is_strong(all_[i])) continue;
        if (all_[i].mass < least_part_mass * mass || !belongs(all_[i], all_[*main], group.box)) continue;
        group.members[i] = true;
        group.box = joined(group.box, all_[i].box);
        mass += all_[i].mass;
        grown = true;
      }
    }
    return group;
  }

 private:
  bool is_strong(const Component& part) const { return part.strongest >= strong_ink * ink_.level; }

  /// Whether a part lies along most of a border, as frames, tables and shadows do.
  bool is_frame(const Component& part) const {
    return part.touches_border &&
           (static_cast<double>(part.box.width) > longest_cut * static_cast<double>(ink_.strength.width) ||
            static_cast<double>(part.box.height) > longest_cut * static_cast<double>(ink_.strength.height));
  }

  bool is_near(const Component& part, const Box& digit, double most) const {
    return static_cast<double>(gap(digit, part.box)) <= most * static_cast<double>(longer_side(digit));
  }

  bool belongs(const Component& part, const Component& main, const Box& digit) const {
    if (!is_near(part, digit, largest_gap)) return false;
    if (!part.touches_border || main.touches_border) return true;
    return !is_frame(part) && is_near(part, digit, largest_border_gap) &&
           static_cast<double>(longer_side(joined(digit, part.box))) <=
               largest_growth * static_cast<double>(longer_side(digit));
  }

  std::optional<std::size_t> find_main() const {
    const auto rank = [](const Component& part) {
      return part.mass * (part.touches_border ? border_penalty : 1);
    };
    std::optional<std::size_t> main;
    for (std::size_t i = 0; i < all_.size(); ++i)
      if (is_strong(all_[i]) && (!main || rank(all_[i]) > rank(all_[*main]))) main = i;
    if (!main || all_[*main].touches_border) return main;
    // It may itself be the lighter part of a digit at the border.
    std::size_t heaviest = *main;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      const Component& part = all_[i];
      if (part.touches_border && is_strong(part) && part.mass > all_[heaviest].mass && !is_frame(part) &&
          is_near(all_[*main], part.box, largest_border_gap))
        heaviest = i;
    }
    return heaviest;
  }

  const std::vector<Component>& all_;
  const Ink& ink_;
};

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

std::optional<FoundDigit> digit_in(const GreyView& picture, std::size_t least);

/// A digit that a reduced picture shows in `box`, looked for once more at full resolution.
std::optional<FoundDigit> digit_near(const GreyView& picture, const Box& box, std::size_t least) {
  const std::size_t room = longer_side(box);
  const std::size_t x = box.x - std::min(box.x, room);
  const std::size_t y = box.y - std::min(box.y, room);
  const GreyView part(std::min(box.x + box.width + room, picture.width) - x,
                      std::min(box.y + box.height + room, picture.height) - y, picture.stride,
                      picture.row(y) + x);
  auto found = digit_in(part, least);
  if (found) found->box.x += x, found->box.y += y;
  return found;
}

/// The digit of a picture, if its longer side is at least so many pixels.
std::optional<FoundDigit> digit_in(const GreyView& picture, std::size_t least) {
  const std::size_t factor = factor_to(picture.width * picture.height, most_working_pixels);
  const Ink ink = find_ink(reduced(picture, factor));
  if (ink.level == 0) return std::nullopt;
  const double threshold = std::max(weak_ink * ink.level, 3 * ink.noise);
  const Components components = find_components(ink.strength, static_cast<std::uint8_t>(threshold));
  const auto group = DigitParts(components, ink).find();
  if (!group) return std::nullopt;
  Box box{.x = group->box.x * factor, .y = group->box.y * factor};
  box.width = std::min(group->box.width * factor, picture.width - box.x);
  box.height = std::min(group->box.height * factor, picture.height - box.y);
  if (longer_side(box) < least) return std::nullopt;
  if (factor > 1 && longer_side(group->box) < least_sketch)
    if (auto found = digit_near(picture, box, least)) return found;
  const GreyImage digit = cut_out(ink, components, *group);
  return FoundDigit{.box = box, .image = with_strokes_of_mnist(digit), .blots = blot_share(digit)};
}

}  // namespace

std::optional<FoundDigit> find_digit(const GreyView& picture) {
  if (auto found = digit_in_mnist_form(picture)) return found;
  return digit_in(picture, std::max(least_side, std::min(picture.width, picture.height) / smallest_part));
}

}  // namespace scrawl
