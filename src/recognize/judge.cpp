#include "recognize/judge.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace scrawl {
namespace {

constexpr double longest_gap = 1.5;         // heights, within a part
constexpr double most_refused = 0.15;       // of the marks of a part
constexpr double most_spread = 0.3;         // of heights in a part
constexpr double sure = 0.95;               // mean confidence of a part that others are compared with
constexpr double least_sure = 0.7;          // of any part,
constexpr double least_sure_in_cell = 0.5;  // and in a cell of a table, where numbers belong
constexpr double very_sure = 0.98;
constexpr double low = 0.5;     // by the height of sure digits: of a digit by itself that is very sure,
constexpr double lowest = 0.6;  // and of others
constexpr double highest = 2.5;
constexpr std::size_t least_rows = 3;  // of a table with a head
constexpr double least_size = 0.45;    // of a digit, by the height of its part
constexpr double most_size = 1.7;
constexpr double shortest_stroke = 0.5;  // of a 1 by itself, by the height of sure digits
constexpr double longest_stroke = 1.3;
constexpr double weakest_ink = 0.55;  // by the strength of sure digits

/// Marks of one line without a large gap.
struct Part {
  std::span<NamedCandidate> marks;
  std::size_t digits = 0;
  std::size_t refused = 0;  ///< marks as tall as digits
  std::size_t ones = 0;
  double confidence = 0;  ///< mean of the digits
  double height = 0;      ///< median of the digits
  double level = 0;       ///< median of the digits
  double spread = 0;      ///< of the digits' heights: mean difference from the median, by the median

  bool in_cell = false;  ///< of a table

  bool is_lone_digit() const { return marks.size() == 1 && confidence >= very_sure && !in_cell; }
  bool may_be_number() const {
    return digits > 0 &&
           confidence >= (refused > 0 ? sure
                          : in_cell   ? least_sure_in_cell
                                      : least_sure) &&
           spread <= most_spread &&
           static_cast<double>(refused) <= most_refused * static_cast<double>(digits + refused);
  }
  bool is_sure() const { return may_be_number() && confidence >= sure && refused == 0 && ones < digits; }
};

/// A small 0 may be as wide as high; a comma is narrow.
double size_of(const Box& box) { return static_cast<double>(std::max(box.width, box.height)); }

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Most of the writing is strong; what shows through from the other side is weak, however much there is.
double upper_quartile(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(3 * values.size() / 4);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

double weighted_median(std::vector<std::pair<double, double>> values) {
  std::sort(values.begin(), values.end());
  double all = 0;
  for (const auto& [value, weight] : values) all += weight;
  double below = 0;
  for (const auto& [value, weight] : values)
    if (2 * (below += weight) >= all) return value;
  return 0;
}

Part part_of(std::span<NamedCandidate> marks) {
  Part part{.marks = marks};
  std::vector<double> heights;
  std::vector<double> levels;
  double tallest = 0;
  for (const auto& mark : marks) tallest = std::max(tallest, static_cast<double>(mark.box.height));
  for (const auto& mark : marks) {
    const auto height = static_cast<double>(mark.box.height);
    if (mark.value == no_digit) {
      part.refused += 2 * height >= tallest;
      continue;
    }
    ++part.digits;
    part.ones += mark.value == "1";
    part.confidence += static_cast<double>(mark.confidence);
    heights.push_back(height);
    levels.push_back(mark.level);
  }
  if (part.digits > 0) part.confidence /= static_cast<double>(part.digits);
  part.height = median(heights);
  part.level = median(levels);
  for (const double height : heights) part.spread += std::abs(height / part.height - 1);
  if (!heights.empty()) part.spread /= static_cast<double>(heights.size());
  return part;
}

void add_parts(std::vector<NamedCandidate>& line, bool in_cell, std::vector<Part>& parts) {
  std::size_t first = 0;
  for (std::size_t i = 1; i <= line.size(); ++i) {
    if (i < line.size()) {
      const Box& before = line[i - 1].box;
      const Box& here = line[i].box;
      const auto height = static_cast<double>(std::max(before.height, here.height));
      if (in_cell ||
          static_cast<double>(here.x) - static_cast<double>(before.x + before.width) <= longest_gap * height)
        continue;
    }
    parts.push_back(part_of(std::span(line).subspan(first, i - first)));
    parts.back().in_cell = in_cell;
    first = i;
  }
}

/// The head of a table holds words, of which some letters look like digits: refuses its first row where as
/// many cells hold words as numbers.
void refuse_head(std::vector<std::vector<NamedCandidate>>& lines, const Page& page, std::size_t grid,
                 double height) {
  if (page.grids[grid].rows() < least_rows) return;
  const auto in_head = [&](std::size_t i) { return page.lines[i].grid == grid && page.lines[i].row == 0; };
  std::size_t words = 0;
  std::size_t numbers = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!in_head(i)) continue;
    if (std::any_of(lines[i].begin(), lines[i].end(), [](const auto& mark) { return mark.accepted; }))
      ++numbers;
    else if (std::any_of(lines[i].begin(), lines[i].end(), [&](const auto& mark) {
               return mark.value == no_digit && size_of(mark.box) >= lowest * height;
             }))
      ++words;
  }
  if (words == 0 || words < numbers) return;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (in_head(i))
      for (auto& mark : lines[i]) mark.accepted = false;
}

}  // namespace

void judge(std::vector<std::vector<NamedCandidate>>& lines, const Page& page) {
  std::vector<Part> parts;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (!lines[i].empty()) add_parts(lines[i], page.lines[i].grid.has_value(), parts);
  // The main writing is what most of the ink is, not most of the marks: small print has many.
  std::vector<std::pair<double, double>> heights;  // and what they count
  std::vector<double> levels;
  const auto compare_with = [&](const Part& part) {
    heights.emplace_back(part.height, static_cast<double>(part.digits) * part.height);
    levels.insert(levels.end(), part.digits, part.level);
  };
  for (const Part& part : parts)
    if (part.is_sure()) compare_with(part);
  if (heights.empty())
    for (const Part& part : parts)
      if (part.may_be_number()) compare_with(part);
  const double height = weighted_median(heights);
  const double level = upper_quartile(levels);
  for (const Part& part : parts) {
    // Sides of boxes, folds and edges look like 1.
    const bool is_stroke = part.ones == part.digits && part.digits <= 2 && levels.size() >= 3 &&
                           (part.height < shortest_stroke * height || part.height > longest_stroke * height);
    const bool is_number = !is_stroke && part.may_be_number() &&
                           part.height >= (part.is_lone_digit() ? low : lowest) * height &&
                           part.height <= highest * height && part.level >= weakest_ink * level;
    for (auto& mark : part.marks)
      mark.accepted = is_number && mark.value != no_digit && size_of(mark.box) >= least_size * part.height &&
                      static_cast<double>(mark.box.height) <= most_size * part.height;
  }
  for (std::size_t grid = 0; grid < page.grids.size(); ++grid) refuse_head(lines, page, grid, height);
}

}  // namespace scrawl
