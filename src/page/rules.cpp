#include "page/rules.h"

#include "image/components.h"
#include "image/morphology.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <utility>

namespace scrawl {
namespace {

constexpr int slopes = 10;  // on either side of level
constexpr double slope_step = 0.02;
constexpr double longest_break = 1.5;   // strokes, where a faint rule is interrupted
constexpr double widest_rule = 3.0;     // in strokes
constexpr double flattest_rule = 0.15;  // width by length
constexpr double longest_stroke = 2.2;  // heights
constexpr double crossing = 1.6;        // a run of ink that is so much longer than the rule is wide

/// For each pixel of ink, the first row and the one after the last of its run in its column.
struct Runs {
  std::vector<std::uint16_t> first;
  std::vector<std::uint16_t> end;
};

Runs runs_in_columns(const GreyImage& mask) {
  Runs runs{std::vector<std::uint16_t>(mask.pixels.size()), std::vector<std::uint16_t>(mask.pixels.size())};
  const std::size_t width = mask.width;
  for (std::size_t y = 0; y < mask.height; ++y)
    for (std::size_t x = 0; x < width; ++x) {
      const std::size_t at = y * width + x;
      if (mask.pixels[at] == 0) continue;
      runs.first[at] =
          y > 0 && mask.pixels[at - width] != 0 ? runs.first[at - width] : static_cast<std::uint16_t>(y);
    }
  for (std::size_t y = mask.height; y-- > 0;)
    for (std::size_t x = 0; x < width; ++x) {
      const std::size_t at = y * width + x;
      if (mask.pixels[at] == 0) continue;
      runs.end[at] = y + 1 < mask.height && mask.pixels[at + width] != 0 ? runs.end[at + width]
                                                                         : static_cast<std::uint16_t>(y + 1);
    }
  return runs;
}

/// Finds the rules across a mask, along lines of several slopes.
class RuleFinder {
 public:
  RuleFinder(const GreyImage& mask, double stroke, std::size_t shortest)
      : mask_(mask),
        runs_(runs_in_columns(mask)),
        stroke_(stroke),
        shortest_(shortest),
        most_break_(std::max<std::size_t>(3, static_cast<std::size_t>(longest_break * stroke))) {}

  /// Per pixel, Rules::across and that times Rules::crossed; empty if there is none.
  std::vector<std::uint8_t> find() {
    for (int slope = -slopes; slope <= slopes; ++slope) {
      set_slope(slope * slope_step);
      const std::ptrdiff_t last = steps_.back().offset;
      const auto height = static_cast<std::ptrdiff_t>(mask_.height);
      for (std::ptrdiff_t start = std::min<std::ptrdiff_t>(0, -last);
           start < height + std::max<std::ptrdiff_t>(0, -last); ++start)
        follow(start);
    }
    return std::move(bits_);
  }

 private:
  /// Columns before `end`, from the end of the step before on, in which the line keeps to one row.
  struct LineStep {
    std::size_t end;
    std::ptrdiff_t offset;
  };

  void set_slope(double rise) {
    steps_.clear();
    for (std::size_t x = 0; x < mask_.width; ++x) {
      const auto offset = static_cast<std::ptrdiff_t>(std::lround(rise * static_cast<double>(x)));
      if (steps_.empty() || steps_.back().offset != offset) steps_.push_back({x, offset});
      steps_.back().end = x + 1;
    }
  }

  /// Looks for runs of ink along one line.
  void follow(std::ptrdiff_t start) {
    std::size_t first = 0;
    std::size_t end = 0;  // after the last ink of the run; 0 for none
    const auto close = [&] {
      if (end != 0 && end - first >= shortest_) mark(start, first, end);
      end = 0;
    };
    std::size_t x = 0;
    for (const LineStep& step : steps_) {
      const std::ptrdiff_t y = start + step.offset;
      if (y < 0 || y >= static_cast<std::ptrdiff_t>(mask_.height)) {
        x = step.end;
        continue;
      }
      const std::uint8_t* const row = &mask_.pixels[static_cast<std::size_t>(y) * mask_.width];
      while (x < step.end) {
        const auto* const ink = static_cast<const std::uint8_t*>(std::memchr(row + x, 255, step.end - x));
        if (ink == nullptr) break;
        x = static_cast<std::size_t>(ink - row);
        if (end != 0 && x - end > most_break_) close();
        if (end == 0) first = x;
        const auto* const paper = static_cast<const std::uint8_t*>(std::memchr(row + x, 0, step.end - x));
        end = x = paper == nullptr ? step.end : static_cast<std::size_t>(paper - row);
      }
      x = step.end;
    }
    close();
  }

  void mark(std::ptrdiff_t start, std::size_t first, std::size_t end) {
    places_.clear();
    widths_.clear();
    auto step = std::find_if(steps_.begin(), steps_.end(), [&](const LineStep& s) { return s.end > first; });
    for (std::size_t x = first; x < end; ++x) {
      while (step->end <= x) ++step;
      const std::ptrdiff_t y = start + step->offset;
      if (y < 0 || y >= static_cast<std::ptrdiff_t>(mask_.height)) continue;
      const std::size_t at = static_cast<std::size_t>(y) * mask_.width + x;
      if (mask_.pixels[at] == 0) continue;
      places_.push_back(at);
      widths_.push_back(static_cast<std::uint16_t>(runs_.end[at] - runs_.first[at]));
    }
    const auto middle = widths_.begin() + static_cast<std::ptrdiff_t>(widths_.size() / 2);
    std::nth_element(widths_.begin(), middle, widths_.end());
    const double width = *middle;
    if (width > widest_rule * stroke_ + 1 || width > flattest_rule * static_cast<double>(end - first)) return;
    if (bits_.empty()) bits_.resize(mask_.pixels.size());
    for (const std::size_t at : places_) {
      if (runs_.end[at] - runs_.first[at] > crossing * width + 1) {
        bits_[at] |= Rules::across * Rules::crossed;
        continue;
      }
      const std::size_t x = at % mask_.width;
      for (std::size_t y = runs_.first[at]; y < runs_.end[at]; ++y)
        bits_[y * mask_.width + x] |= Rules::across;
    }
  }

  const GreyImage& mask_;
  Runs runs_;
  double stroke_;
  std::size_t shortest_;
  std::size_t most_break_;
  std::vector<LineStep> steps_ = {};
  std::vector<std::size_t> places_ = {};
  std::vector<std::uint16_t> widths_ = {};
  std::vector<std::uint8_t> bits_ = {};
};

GreyImage transposed(const GreyImage& image) {
  GreyImage result{.width = image.height, .height = image.width};
  result.pixels.resize(image.pixels.size());
  constexpr std::size_t block = 32;  // so that both pictures' rows stay in the cache
  for (std::size_t top = 0; top < image.height; top += block)
    for (std::size_t left = 0; left < image.width; left += block)
      for (std::size_t y = top; y < std::min(top + block, image.height); ++y)
        for (std::size_t x = left; x < std::min(left + block, image.width); ++x)
          result.pixels[x * image.height + y] = image.pixels[y * image.width + x];
  return result;
}

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
  Rules rules{
      .width = mask.width, .height = mask.height, .at = RuleFinder(mask, stroke, least_length).find()};
  const GreyImage sideways = transposed(mask);
  std::vector<std::uint8_t> down = RuleFinder(sideways, stroke, least_length).find();
  if (!down.empty()) {
    const GreyImage upright =
        transposed({.width = mask.height, .height = mask.width, .pixels = std::move(down)});
    rules.at.resize(mask.pixels.size());
    for (std::size_t i = 0; i < rules.at.size(); ++i)
      rules.at[i] |= static_cast<std::uint8_t>(upright.pixels[i] * Rules::down);  // across is 1
  }
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
