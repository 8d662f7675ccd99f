#include "page/marks.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace scrawl {
namespace {

double weighted_median(std::vector<std::pair<double, double>> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  double all = 0;
  for (const auto& [value, weight] : values) all += weight;
  double below = 0;
  for (const auto& [value, weight] : values)
    if (2 * (below += weight) >= all) return value;
  return values.back().first;
}

constexpr std::size_t most_marks = 1500;
constexpr double taller = 2.2;
constexpr double highest_neighbour = 2;
constexpr double highest = 4;    // of the usual height
constexpr double lowest = 0.25;  // of the usual height

bool is_speck(const Component& mark, const PageInk& ink) {
  return static_cast<double>(mark.area) < 0.6 * ink.stroke * ink.stroke ||
         static_cast<double>(std::max(mark.box.width, mark.box.height)) < 1.2 * ink.stroke;
}

/// Filled, and far wider than a stroke.
bool is_blot(const Component& mark, const PageInk& ink) {
  const auto shorter = static_cast<double>(std::min(mark.box.width, mark.box.height));
  const double fill = static_cast<double>(mark.area) / static_cast<double>(mark.box.width * mark.box.height);
  const auto longer = static_cast<double>(std::max(mark.box.width, mark.box.height));
  return (fill > 0.75 && shorter > 4 * ink.stroke && longer < 2.5 * shorter) ||
         static_cast<double>(mark.box.width * mark.box.height) >
             0.8 * static_cast<double>(ink.mask.width * ink.mask.height);
}

/// The edge of a sheet or of a shadow, at the border of the picture.
bool is_at_border(const Component& mark, const PageInk& ink) {
  const Box& box = mark.box;
  const double thin = 3 * ink.stroke + 2;
  constexpr std::size_t near = 2;
  const bool at_side = box.x <= near || box.x + box.width + near >= ink.mask.width;
  const bool at_end = box.y <= near || box.y + box.height + near >= ink.mask.height;
  return (at_side && static_cast<double>(box.width) < thin) ||
         (at_end && static_cast<double>(box.height) < thin);
}

double gap_between(std::size_t a, std::size_t a_size, std::size_t b, std::size_t b_size) {
  const std::size_t a_end = a + a_size;
  const std::size_t b_end = b + b_size;
  return a_end < b ? static_cast<double>(b - a_end) : b_end < a ? static_cast<double>(a - b_end) : 0.0;
}

/// A straight upright stroke from one rule to another: the side of a box.
bool is_separator(const Components& marks, std::size_t number, const PageInk& ink, const Rules& rules) {
  const Component& mark = marks.all[number];
  if (rules.empty() || static_cast<double>(mark.box.width) > 2.5 * ink.stroke + 2) return false;
  if (mark.box.height < 4 * mark.box.width) return false;
  // A rule ends beside the stroke, since its pixels on the stroke are the stroke's.
  const auto reach = static_cast<std::size_t>(ink.stroke) + 2;
  const auto meets_rule = [&](std::size_t end) {
    for (std::size_t y = end - std::min(end, reach); y < std::min(end + reach, rules.height); ++y)
      for (std::size_t x = mark.box.x - std::min(mark.box.x, reach);
           x < std::min(mark.box.x + mark.box.width + reach, rules.width); ++x)
        if ((rules.at[y * rules.width + x] & Rules::across) != 0) return true;
    return false;
  };
  const bool top = meets_rule(mark.box.y);
  const bool bottom = meets_rule(mark.box.y + mark.box.height);
  return top && bottom;
}

/// The holes of each mark, from its Euler number by counting patterns of 2x2 pixels (Gray 1971).
std::vector<long> holes_of(const Components& marks, std::size_t width, std::size_t height) {
  std::vector<long> sums(marks.all.size());                                // four times the Euler number
  const auto label = [&](std::size_t x, std::size_t y) -> std::uint32_t {  // (1, 1) is the first pixel
    return x == 0 || y == 0 || x > width || y > height ? 0 : marks.labels[(y - 1) * width + x - 1];
  };
  for (std::size_t y = 0; y <= height; ++y)
    for (std::size_t x = 0; x <= width; ++x) {
      const std::uint32_t a = label(x, y), b = label(x + 1, y), c = label(x, y + 1), d = label(x + 1, y + 1);
      const std::uint32_t any = a | b | c | d;
      if (any == 0) continue;
      const std::uint32_t mark =
          std::max({a, b, c, d}) - 1;  // those of one square touch, so they are one mark
      const int count = (a != 0) + (b != 0) + (c != 0) + (d != 0);
      if (count == 1) sums[mark] += 1;
      if (count == 3) sums[mark] -= 1;
      if (count == 2 && ((a != 0) == (d != 0))) sums[mark] -= 2;
    }
  for (long& sum : sums) sum = 1 - sum / 4;
  return sums;
}

}  // namespace

Components find_marks(const PageInk& ink, const Rules& rules) {
  GreyImage left = ink.strength;
  for (std::size_t i = 0; i < left.pixels.size(); ++i)
    if (ink.mask.pixels[i] == 0 || rules.has(i))
      left.pixels[i] = 0;
    else if (left.pixels[i] == 0)
      left.pixels[i] = 1;
  return find_components(left, 0);
}

double usual_height(const Components& marks, const PageInk& ink) {
  std::vector<std::pair<double, double>> heights;
  std::vector<std::pair<double, double>> all;
  const auto page_area = static_cast<double>(ink.mask.width * ink.mask.height);
  const std::vector<long> holes = holes_of(marks, ink.mask.width, ink.mask.height);
  for (std::size_t i = 0; i < marks.all.size(); ++i) {
    const Component& mark = marks.all[i];
    const auto width = static_cast<double>(mark.box.width);
    const auto height = static_cast<double>(mark.box.height);
    const auto weight = static_cast<double>(mark.area);
    if (height < 3 * ink.stroke || height < 6) continue;
    const double fill = static_cast<double>(mark.area) / (width * height);
    const bool is_grid = fill < 0.25 && holes[i] >= 6 && std::min(width, height) > 12 * ink.stroke &&
                         width * height > 0.12 * page_area;
    if (is_grid) continue;
    all.emplace_back(height, weight);
    const bool is_filled = fill > 0.6 && std::min(width, height) > 3 * ink.stroke;
    if (width < 3 * height && height < 6 * width && !is_filled && !mark.touches_border)
      heights.emplace_back(height, weight);
  }
  return weighted_median(heights.empty() ? std::move(all) : std::move(heights));
}

std::vector<MarkKind> kinds_of(const Components& marks, const PageInk& ink, const Rules& rules,
                               double usual_height) {
  std::vector<MarkKind> kinds(marks.all.size(), MarkKind::none);
  std::vector<std::size_t> order;  // of what is not ruled out by itself, by the left side
  for (std::size_t i = 0; i < marks.all.size(); ++i)
    if (static_cast<double>(marks.all[i].box.height) <= highest * usual_height &&
        !is_speck(marks.all[i], ink) && !is_blot(marks.all[i], ink) && !is_at_border(marks.all[i], ink) &&
        !is_separator(marks, i, ink, rules)) {
      kinds[i] = MarkKind::large;
      order.push_back(i);
    }
  if (order.size() > most_marks) {
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return marks.all[a].mass > marks.all[b].mass; });
    for (std::size_t k = most_marks; k < order.size(); ++k) kinds[order[k]] = MarkKind::none;
    order.resize(most_marks);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return marks.all[a].box.x < marks.all[b].box.x; });
  for (const std::size_t i : order) {
    const Box& box = marks.all[i].box;
    const bool is_small = std::any_of(order.begin(), order.end(), [&](std::size_t k) {
      const Box& other = marks.all[k].box;
      if (static_cast<double>(other.height) < taller * static_cast<double>(box.height)) return false;
      if (static_cast<double>(other.height) > highest_neighbour * usual_height) return false;
      if (static_cast<double>(other.width) < 2.5 * ink.stroke && other.height > 12 * other.width)
        return false;
      const double beside = gap_between(box.x, box.width, other.x, other.width);
      const double apart = gap_between(box.y, box.height, other.y, other.height);
      return beside <= 0.7 * static_cast<double>(other.height) &&
             apart <= 0.15 * static_cast<double>(other.height);
    });
    if (is_small) kinds[i] = MarkKind::small;
  }
  for (const std::size_t i : order) {
    const Box& box = marks.all[i].box;
    if (kinds[i] == MarkKind::large &&
        static_cast<double>(box.height) < std::max({3 * ink.stroke, 7.0, lowest * usual_height}))
      kinds[i] = MarkKind::none;  // nothing near that it could belong to
  }
  return kinds;
}

}  // namespace scrawl
