#include "page/grid.h"

#include "image/components.h"
#include "image/morphology.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>

namespace scrawl {
namespace {

constexpr double least_rule = 3.0;       // of a rule, in heights of a digit
constexpr double same_rule = 0.35;       // heights, between pieces of one rule
constexpr double widest_break = 0.5;     // between pieces, by the length of the longer
constexpr double overhang = 0.6;         // heights, by which rules may miss each other
constexpr double lowest_row = 1.1;       // heights
constexpr double least_crossings = 0.5;  // of the rules the other way, that one must cross
constexpr double least_share = 0.3;      // of the longest rule of a table, that another must have

RuleCurve curve_of(const Components& parts, std::uint32_t label, std::size_t width, bool is_across,
                   double step) {
  const Box& box = parts.all[label - 1].box;
  const std::size_t length = is_across ? box.width : box.height;
  const auto count = static_cast<std::size_t>(std::max(2.0, std::ceil(static_cast<double>(length) / step)));
  std::vector<double> sums(count), numbers(count);
  const std::size_t start = is_across ? box.x : box.y;
  for (std::size_t y = box.y; y < box.y + box.height; ++y)
    for (std::size_t x = box.x; x < box.x + box.width; ++x) {
      if (parts.labels[y * width + x] != label) continue;
      const std::size_t at = (is_across ? x : y) - start;
      const std::size_t k = std::min(at * count / length, count - 1);
      sums[k] += static_cast<double>(is_across ? y : x);
      numbers[k] += 1;
    }
  const double real_step = static_cast<double>(length) / static_cast<double>(count);
  RuleCurve curve{.first = static_cast<double>(start) + real_step / 2, .step = real_step};
  double last = 0;
  for (std::size_t k = 0; k < count; ++k) {
    if (numbers[k] > 0) last = sums[k] / numbers[k];
    curve.places.push_back(last);
  }
  return curve;
}

/// Two pieces of one rule as one, the first before the second.
RuleCurve joined(const RuleCurve& a, const RuleCurve& b) {
  RuleCurve curve{.first = a.first, .step = a.step, .places = a.places};
  for (double position = a.end() + a.step; position <= b.end() + a.step / 2; position += a.step) {
    if (position >= b.first) {
      curve.places.push_back(b.at(position));
    } else {
      const double t = (position - a.end()) / (b.first - a.end());
      curve.places.push_back((1 - t) * a.places.back() + t * b.places.front());
    }
  }
  return curve;
}

std::vector<RuleCurve> curves_of(const Rules& rules, std::uint8_t bit, double height, double stroke) {
  const bool is_across = bit == Rules::across;
  const auto any = static_cast<std::uint8_t>(bit | bit * Rules::crossed);
  GreyImage one{.width = rules.width, .height = rules.height, .pixels = rules.at};
  for (auto& pixel : one.pixels) pixel = (pixel & any) != 0 ? 255 : 0;
  const std::size_t reach = 2 * static_cast<std::size_t>(stroke + 2) + 1;
  const Components parts = find_components(dilated(one, is_across ? reach : 3, is_across ? 3 : reach), 0);
  std::vector<RuleCurve> curves;
  for (std::size_t k = 0; k < parts.all.size(); ++k) {
    const Box& box = parts.all[k].box;
    if (static_cast<double>(is_across ? box.width : box.height) >= height)
      curves.push_back(curve_of(parts, static_cast<std::uint32_t>(k + 1), rules.width, is_across,
                                std::max(4.0, height / 2)));
  }
  constexpr std::size_t most_curves = 400;
  if (curves.size() > most_curves) return {};
  // Pieces of one rule are joined, the nearest first.
  for (bool again = true; again;) {
    again = false;
    std::sort(curves.begin(), curves.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t a = 0; a < curves.size() && !again; ++a)
      for (std::size_t b = a + 1; b < curves.size() && !again; ++b) {
        const double overlap = std::min(curves[a].end(), curves[b].end()) - curves[b].first;
        const double shorter = std::min(curves[a].end() - curves[a].first, curves[b].end() - curves[b].first);
        const double longer = std::max(curves[a].end() - curves[a].first, curves[b].end() - curves[b].first);
        if (-overlap > widest_break * longer) continue;
        const double middle = (std::min(curves[a].end(), curves[b].end()) + curves[b].first) / 2;
        if (std::abs(curves[a].at(middle) - curves[b].at(middle)) > same_rule * height) continue;
        if (overlap > 0.5 * shorter) {  // beside each other: the edges of one thick rule, or a double one
          if (curves[a].end() - curves[a].first < curves[b].end() - curves[b].first)
            std::swap(curves[a], curves[b]);
        } else {
          curves[a] = joined(curves[a], curves[b]);
        }
        curves.erase(curves.begin() + static_cast<std::ptrdiff_t>(b));
        again = true;
      }
  }
  std::erase_if(curves, [&](const auto& curve) { return curve.end() - curve.first < least_rule * height; });
  return curves;
}

/// The gaps between rules at one place.
std::vector<double> gaps_at(const std::vector<RuleCurve>& rules, double position) {
  std::vector<double> gaps;
  for (std::size_t i = 0; i + 1 < rules.size(); ++i)
    gaps.push_back(rules[i + 1].at(position) - rules[i].at(position));
  return gaps;
}

double middle_of(const std::vector<RuleCurve>& rules) {
  double sum = 0;
  for (const auto& rule : rules) sum += (rule.first + rule.end()) / 2;
  return sum / static_cast<double>(rules.size());
}

/// Adds the rules that a table with even gaps lacks: where one or two are missing between two others.
void fill_gaps(std::vector<RuleCurve>& rules, double position) {
  const std::vector<double> gaps = gaps_at(rules, position);
  if (gaps.size() < 4) return;
  std::vector<double> sorted = gaps;
  std::sort(sorted.begin(), sorted.end());
  const double usual = sorted[sorted.size() / 2];
  const auto even =
      std::count_if(gaps.begin(), gaps.end(), [&](double gap) { return std::abs(gap / usual - 1) < 0.25; });
  if (4 * static_cast<std::size_t>(even) < 3 * gaps.size()) return;
  std::vector<RuleCurve> all;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    all.push_back(rules[i]);
    if (i + 1 == rules.size()) break;
    const double count = std::round(gaps[i] / usual);
    if (count < 2 || count > 3 || std::abs(gaps[i] / count / usual - 1) > 0.2) continue;
    for (double k = 1; k < count; ++k) {
      RuleCurve between = rules[i];
      for (std::size_t n = 0; n < between.places.size(); ++n) {
        const double at = between.first + between.step * static_cast<double>(n);
        between.places[n] += (rules[i + 1].at(at) - between.places[n]) * k / count;
      }
      all.push_back(std::move(between));
    }
  }
  rules = std::move(all);
}

/// Leaves what surrounds a Sudoku out: frames, and what its rules happen to meet.
void trim(PageGrid& grid) {
  const auto trimmed = [](const std::vector<RuleCurve>& rules, double position) {
    std::vector<double> gaps = gaps_at(rules, position);
    std::vector<double> sorted = gaps;
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2),
                     sorted.end());
    const double usual = sorted[sorted.size() / 2];
    const auto is_usual = [&](double gap) { return gap > 0.65 * usual && gap < 1.5 * usual; };
    std::size_t best_first = 0, best_end = 0;  // the longest run of usual gaps
    for (std::size_t first = 0; first < gaps.size();) {
      std::size_t end = first;
      while (end < gaps.size() && is_usual(gaps[end])) ++end;
      if (end - first > best_end - best_first) best_first = first, best_end = end;
      first = end + 1;
    }
    return std::pair(best_first, best_end + 1);  // of rules
  };
  const auto across = trimmed(grid.across, middle_of(grid.across));
  const auto down = trimmed(grid.down, middle_of(grid.down));
  constexpr std::size_t sudoku = 10;  // rules
  if (across.second - across.first != sudoku || down.second - down.first != sudoku) return;
  grid.across = {grid.across.begin() + static_cast<std::ptrdiff_t>(across.first),
                 grid.across.begin() + static_cast<std::ptrdiff_t>(across.second)};
  grid.down = {grid.down.begin() + static_cast<std::ptrdiff_t>(down.first),
               grid.down.begin() + static_cast<std::ptrdiff_t>(down.second)};
}

bool cross(const RuleCurve& across, const RuleCurve& down, double reach) {
  // The crossing, found from the middle by going from one to the other.
  double y = (down.first + down.end()) / 2;
  double x = 0;
  for (int i = 0; i < 4; ++i) {
    x = down.at(y);
    y = across.at(x);
  }
  return x >= across.first - reach && x <= across.end() + reach && y >= down.first - reach &&
         y <= down.end() + reach;
}

}  // namespace

double RuleCurve::at(double position) const {
  const double index = (position - first) / step;
  const std::size_t last = places.size() - 1;
  // Beyond its ends a rule goes on as its outer third does.
  const std::size_t third = std::max<std::size_t>(1, last / 3);
  if (last == 0) return places[0];
  if (index <= 0) return places[0] + index * (places[third] - places[0]) / static_cast<double>(third);
  if (index >= static_cast<double>(last))
    return places[last] + (index - static_cast<double>(last)) * (places[last] - places[last - third]) /
                              static_cast<double>(third);
  const auto below = static_cast<std::size_t>(index);
  const double t = index - static_cast<double>(below);
  return (1 - t) * places[below] + t * places[below + 1];
}

std::optional<PageGrid::Cell> PageGrid::cell_at(double x, double y) const {
  std::size_t above = 0;
  for (const RuleCurve& rule : across) above += rule.at(x) <= y;
  std::size_t left = 0;
  for (const RuleCurve& rule : down) left += rule.at(y) <= x;
  if (above == 0 || above == across.size() || left == 0 || left == down.size()) return std::nullopt;
  return Cell{above - 1, left - 1};
}

double PageGrid::cell_height() const {
  std::vector<double> heights;
  const double x = static_cast<double>(box.x) + static_cast<double>(box.width) / 2;
  for (std::size_t i = 0; i + 1 < across.size(); ++i)
    heights.push_back(across[i + 1].at(x) - across[i].at(x));
  std::nth_element(heights.begin(), heights.begin() + static_cast<std::ptrdiff_t>(heights.size() / 2),
                   heights.end());
  return heights[heights.size() / 2];
}

std::vector<PageGrid> find_grids(const Rules& rules, double height, double stroke) {
  if (rules.empty()) return {};
  const std::vector<RuleCurve> across = curves_of(rules, Rules::across, height, stroke);
  const std::vector<RuleCurve> down = curves_of(rules, Rules::down, height, stroke);
  // Rules that cross belong to one table.
  const std::size_t count = across.size() + down.size();
  std::vector<std::size_t> group(count);
  std::iota(group.begin(), group.end(), std::size_t{0});
  const auto find = [&](std::size_t i) {
    while (group[i] != i) i = group[i];
    return i;
  };
  for (std::size_t a = 0; a < across.size(); ++a)
    for (std::size_t d = 0; d < down.size(); ++d)
      if (cross(across[a], down[d], overhang * height)) group[find(a)] = find(across.size() + d);
  std::vector<PageGrid> grids;
  for (std::size_t root = 0; root < count; ++root) {
    if (find(root) != root) continue;
    PageGrid grid;
    for (std::size_t a = 0; a < across.size(); ++a)
      if (find(a) == root) grid.across.push_back(across[a]);
    for (std::size_t d = 0; d < down.size(); ++d)
      if (find(across.size() + d) == root) grid.down.push_back(down[d]);
    const auto drop_short = [](std::vector<RuleCurve>& curves) {
      double longest = 0;
      for (const auto& curve : curves) longest = std::max(longest, curve.end() - curve.first);
      std::erase_if(curves,
                    [&](const auto& curve) { return curve.end() - curve.first < least_share * longest; });
    };
    for (int pass = 0; pass < 2; ++pass) {
      const std::vector<RuleCurve> crossed = grid.down;
      const auto crosses_few = [](std::size_t crossings, std::size_t all) {
        return static_cast<double>(crossings) < least_crossings * static_cast<double>(all);
      };
      std::erase_if(grid.across, [&](const RuleCurve& rule) {
        return crosses_few(
            static_cast<std::size_t>(
                std::count_if(crossed.begin(), crossed.end(),
                              [&](const RuleCurve& other) { return cross(rule, other, overhang * height); })),
            crossed.size());
      });
      const std::vector<RuleCurve> kept = grid.across;
      std::erase_if(grid.down, [&](const RuleCurve& rule) {
        return crosses_few(
            static_cast<std::size_t>(
                std::count_if(kept.begin(), kept.end(),
                              [&](const RuleCurve& other) { return cross(other, rule, overhang * height); })),
            kept.size());
      });
    }
    drop_short(grid.across);
    drop_short(grid.down);
    if (grid.across.size() < 2 || grid.down.size() < 2) continue;
    const double across_middle = middle_of(grid.across);
    const double down_middle = middle_of(grid.down);
    std::sort(grid.across.begin(), grid.across.end(),
              [&](const auto& a, const auto& b) { return a.at(across_middle) < b.at(across_middle); });
    std::sort(grid.down.begin(), grid.down.end(),
              [&](const auto& a, const auto& b) { return a.at(down_middle) < b.at(down_middle); });
    fill_gaps(grid.across, across_middle);
    fill_gaps(grid.down, down_middle);
    trim(grid);
    double left = 1e9, right = 0, top = 1e9, bottom = 0;
    for (const auto& rule : grid.across)
      for (const auto& other : {grid.down.front(), grid.down.back()}) {
        const double x = other.at(rule.at((rule.first + rule.end()) / 2));
        const double y = rule.at(x);
        left = std::min(left, x), right = std::max(right, x), top = std::min(top, y),
        bottom = std::max(bottom, y);
      }
    grid.box = {.x = static_cast<std::size_t>(std::max(0.0, left)),
                .y = static_cast<std::size_t>(std::max(0.0, top))};
    if (right < left + 1 || bottom < top + 1) continue;
    grid.box.width = static_cast<std::size_t>(std::max(1.0, right - static_cast<double>(grid.box.x)));
    grid.box.height = static_cast<std::size_t>(std::max(1.0, bottom - static_cast<double>(grid.box.y)));
    if (grid.rows() * grid.columns() >= 2 && grid.cell_height() >= lowest_row * height)
      grids.push_back(std::move(grid));
  }
  std::sort(grids.begin(), grids.end(), [](const auto& a, const auto& b) { return a.box.y < b.box.y; });
  return grids;
}

}  // namespace scrawl
