#include "page/rules.h"

#include "image/components.h"
#include "image/morphology.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace scrawl {
namespace {

constexpr int slopes = 10;  // on either side of level
constexpr double slope_step = 0.02;
constexpr double longest_break = 1.5;   // strokes, where a faint rule is interrupted
constexpr double widest_rule = 3.0;     // in strokes
constexpr double flattest_rule = 0.15;  // width by length
constexpr double longest_stroke = 2.2;  // heights
constexpr double crossing = 1.6;        // a run of ink that is so much longer than the rule is wide

/// A mask seen along one of its axes: position i along a rule, j across it.
struct Grain {
  const std::vector<std::uint8_t>& pixels;
  std::size_t length;
  std::size_t breadth;
  std::size_t along;  ///< the step between pixels along the rule
  std::size_t across;

  bool ink(std::size_t i, std::size_t j) const { return pixels[i * along + j * across] != 0; }
};

/// For each pixel of ink, the first one and the one after the last of its run across the rule.
struct Runs {
  std::vector<std::uint16_t> first;
  std::vector<std::uint16_t> end;
};

Runs runs_across(const Grain& grain) {
  Runs runs{std::vector<std::uint16_t>(grain.pixels.size()), std::vector<std::uint16_t>(grain.pixels.size())};
  for (std::size_t i = 0; i < grain.length; ++i)
    for (std::size_t j = 0; j < grain.breadth;) {
      if (!grain.ink(i, j)) {
        ++j;
        continue;
      }
      const std::size_t first = j;
      while (j < grain.breadth && grain.ink(i, j)) ++j;
      for (std::size_t k = first; k < j; ++k) {
        const std::size_t at = i * grain.along + k * grain.across;
        runs.first[at] = static_cast<std::uint16_t>(first);
        runs.end[at] = static_cast<std::uint16_t>(j);
      }
    }
  return runs;
}

class RuleFinder {
 public:
  RuleFinder(const Grain& grain, double stroke, std::size_t least_length, std::uint8_t bit, Rules& rules)
      : grain_(grain),
        runs_(runs_across(grain)),
        stroke_(stroke),
        least_length_(least_length),
        bit_(bit),
        rules_(rules) {}

  void find() {
    for (int slope = -slopes; slope <= slopes; ++slope) {
      const double rise = slope * slope_step;
      offsets_.resize(grain_.length);
      for (std::size_t i = 0; i < grain_.length; ++i)
        offsets_[i] = static_cast<std::ptrdiff_t>(std::lround(rise * static_cast<double>(i)));
      const std::ptrdiff_t last = offsets_.back();
      const auto breadth = static_cast<std::ptrdiff_t>(grain_.breadth);
      for (std::ptrdiff_t start = std::min<std::ptrdiff_t>(0, -last);
           start < breadth + std::max<std::ptrdiff_t>(0, -last); ++start)
        follow(start);
    }
  }

 private:
  /// Looks for runs of ink along one line.
  void follow(std::ptrdiff_t start) {
    std::size_t first = 0;
    std::size_t end = 0;  // after the last ink of the run; 0 for none
    for (std::size_t i = 0; i < grain_.length; ++i) {
      const std::ptrdiff_t j = start + offsets_[i];
      const bool is_ink = j >= 0 && j < static_cast<std::ptrdiff_t>(grain_.breadth) &&
                          grain_.ink(i, static_cast<std::size_t>(j));
      if (is_ink) {
        if (end == 0) first = i;
        end = i + 1;
      } else if (end != 0 && i - end >= most_break_) {
        if (end - first >= least_length_) mark(start, first, end);
        end = 0;
      }
    }
    if (end != 0 && end - first >= least_length_) mark(start, first, end);
  }

  void mark(std::ptrdiff_t start, std::size_t first, std::size_t end) {
    widths_.clear();
    for (std::size_t i = first; i < end; ++i) {
      const std::size_t at = place(start, i);
      if (grain_.pixels[at] != 0)
        widths_.push_back(static_cast<std::uint16_t>(runs_.end[at] - runs_.first[at]));
    }
    const auto middle = widths_.begin() + static_cast<std::ptrdiff_t>(widths_.size() / 2);
    std::nth_element(widths_.begin(), middle, widths_.end());
    const double width = *middle;
    if (width > widest_rule * stroke_ + 1 || width > flattest_rule * static_cast<double>(end - first)) return;
    if (rules_.at.empty()) rules_.at.resize(grain_.pixels.size());
    for (std::size_t i = first; i < end; ++i) {
      const std::size_t at = place(start, i);
      if (grain_.pixels[at] == 0) continue;
      if (runs_.end[at] - runs_.first[at] > crossing * width + 1) {
        rules_.at[at] |= static_cast<std::uint8_t>(bit_ * Rules::crossed);
        continue;
      }
      for (std::size_t j = runs_.first[at]; j < runs_.end[at]; ++j)
        rules_.at[i * grain_.along + j * grain_.across] |= bit_;
    }
  }

  std::size_t place(std::ptrdiff_t start, std::size_t i) const {
    return i * grain_.along + static_cast<std::size_t>(start + offsets_[i]) * grain_.across;
  }

  Grain grain_;
  Runs runs_;
  double stroke_;
  std::size_t least_length_;
  std::size_t most_break_ = std::max<std::size_t>(3, static_cast<std::size_t>(longest_break* stroke_));
  std::uint8_t bit_;
  Rules& rules_;
  std::vector<std::ptrdiff_t> offsets_ = {};
  std::vector<std::uint16_t> widths_ = {};
};

/// Where two rules cross, each is a stroke across the other. Takes the ink away within a rule's width.
void add_crossings(const GreyImage& mask, double stroke, Rules& rules) {
  const auto reach = static_cast<std::size_t>(std::lround(stroke));
  std::vector<std::size_t> crossings;
  for (std::size_t y = 0; y < mask.height; ++y)
    for (std::size_t x = 0; x < mask.width; ++x) {
      if ((rules.at[y * mask.width + x] & (Rules::down * Rules::crossed)) == 0) continue;
      bool meets = false;
      for (std::size_t ny = y - std::min(y, reach); ny <= std::min(y + reach, mask.height - 1); ++ny)
        meets = meets || (rules.at[ny * mask.width + x] & (Rules::across * Rules::crossed)) != 0;
      if (meets) crossings.push_back(y * mask.width + x);
    }
  for (const std::size_t at : crossings) {
    const std::size_t x = at % mask.width;
    const std::size_t y = at / mask.width;
    for (std::size_t ny = y - std::min(y, reach); ny <= std::min(y + reach, mask.height - 1); ++ny)
      for (std::size_t nx = x - std::min(x, reach); nx <= std::min(x + reach, mask.width - 1); ++nx)
        if (mask.pixels[ny * mask.width + nx] != 0)
          rules.at[ny * mask.width + nx] |= Rules::across | Rules::down;
  }
}

}  // namespace

Rules find_rules(const GreyImage& mask, double stroke, std::size_t least_length) {
  Rules rules{.width = mask.width, .height = mask.height};
  const Grain level{mask.pixels, mask.width, mask.height, 1, mask.width};
  const Grain upright{mask.pixels, mask.height, mask.width, mask.width, 1};
  RuleFinder(level, stroke, least_length, Rules::across, rules).find();
  RuleFinder(upright, stroke, least_length, Rules::down, rules).find();
  if (!rules.empty()) add_crossings(mask, stroke, rules);
  return rules;
}

namespace {

/// Takes what dilating has added off both ends.
void shrink(std::size_t& first, std::size_t& size, std::size_t by) {
  const std::size_t most = (size - 1) / 2;
  first += std::min(by, most);
  size -= 2 * std::min(by, most);
}

}  // namespace

void drop_strokes(Rules& rules, double height, double stroke) {
  const auto reach = static_cast<std::size_t>(stroke) + 2;
  for (const std::uint8_t bit : {Rules::across, Rules::down}) {
    const std::uint8_t other = bit == Rules::across ? Rules::down : Rules::across;
    const auto any = static_cast<std::uint8_t>(bit | bit * Rules::crossed);
    GreyImage one{.width = rules.width, .height = rules.height, .pixels = rules.at};
    for (auto& pixel : one.pixels) pixel = (pixel & any) != 0 ? 255 : 0;
    // Faint rules have gaps.
    const std::size_t along = 2 * (2 * reach) + 1;
    const Components pieces =
        find_components(bit == Rules::across ? dilated(one, along, 3) : dilated(one, 3, along), 0);
    std::vector<bool> is_stroke(pieces.all.size());
    for (std::size_t k = 0; k < pieces.all.size(); ++k) {
      const bool is_across = bit == Rules::across;
      Box box = pieces.all[k].box;
      if (static_cast<double>(is_across ? box.width : box.height) >
          longest_stroke * height + static_cast<double>(along))
        continue;
      shrink(is_across ? box.x : box.y, is_across ? box.width : box.height, along / 2);
      const auto meets = [&](std::size_t x, std::size_t y) {
        for (std::size_t ny = y - std::min(y, reach); ny < std::min(y + reach, rules.height); ++ny)
          for (std::size_t nx = x - std::min(x, reach); nx < std::min(x + reach, rules.width); ++nx)
            if ((rules.at[ny * rules.width + nx] & other) != 0) return true;
        return false;
      };
      const auto meets_along = [&](bool at_end) {
        if (is_across) {
          for (std::size_t y = box.y; y < box.y + box.height; ++y)
            if (meets(at_end ? box.x + box.width : box.x, y)) return true;
        } else {
          for (std::size_t x = box.x; x < box.x + box.width; ++x)
            if (meets(x, at_end ? box.y + box.height : box.y)) return true;
        }
        return false;
      };
      is_stroke[k] = !(meets_along(false) && meets_along(true));
    }
    for (std::size_t i = 0; i < rules.at.size(); ++i)
      if (pieces.labels[i] != 0 && is_stroke[pieces.labels[i] - 1])
        rules.at[i] = static_cast<std::uint8_t>(rules.at[i] & ~any);
  }
}

}  // namespace scrawl
