#include "page/page.h"

#include "image/cleaning.h"
#include "image/mnist_strokes.h"
#include "image/resample.h"
#include "page/cuts.h"
#include "page/lines.h"
#include "page/marks.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace scrawl {
namespace {

constexpr std::size_t most_working_pixels = 4'000'000;
constexpr double black_level = 0.08;
constexpr double white_level = 0.85;
constexpr std::size_t most_pieces = 6;
constexpr double widest_digit = 1.7;    // by height
constexpr double widest_remnant = 2.5;  // strokes
constexpr double remnant_reach = 0.12;  // of a cell's height
constexpr double least_in_cell = 0.15;  // of a cell's height: the longer side of a mark
constexpr double least_part = 0.12;     // of the height of a line: the longer side of a part of a digit
constexpr double highest_digit = 1.6;
constexpr double widest_mark = 2.5;  // the same for a connected mark
// A mark that is cut measures at least so much, by the height of its line.
constexpr double least_cut_width = 0.75;
constexpr double least_cut_height = 0.4;
constexpr double largest_gap = 0.3;  // heights, between parts of a digit

Box joined(const Box& a, const Box& b) {
  const std::size_t x = std::min(a.x, b.x);
  const std::size_t y = std::min(a.y, b.y);
  return {.x = x,
          .y = y,
          .width = std::max(a.x + a.width, b.x + b.width) - x,
          .height = std::max(a.y + a.height, b.y + b.height) - y};
}

/// The ink of some pieces, bright on black, with a border of one pixel for its soft edges.
GreyImage cut_out(const Page& page, const Box& box, std::span<const Piece> pieces, double& level) {
  const GreyImage& strength = page.ink.strength;
  const auto is_member = [&](std::uint32_t label) {
    return label != 0 && std::any_of(pieces.begin(), pieces.end(),
                                     [&](const Piece& piece) { return piece.label == label; });
  };
  double squares = 0;
  double cubes = 0;
  for (std::size_t y = box.y; y < box.y + box.height; ++y)
    for (std::size_t x = box.x; x < box.x + box.width; ++x) {
      const std::size_t at = y * strength.width + x;
      if (!is_member(page.labels[at])) continue;
      const double value = strength.pixels[at];
      squares += value * value;
      cubes += value * value * value;
    }
  level = squares > 0 ? cubes / squares : 1;
  const double black = std::max(black_level * level, 2 * page.ink.noise);
  const double range = std::max(1.0, white_level * level - black);
  GreyImage digit{.width = box.width + 2, .height = box.height + 2};
  digit.pixels.resize(digit.width * digit.height);
  for (std::size_t j = 0; j < digit.height; ++j)
    for (std::size_t i = 0; i < digit.width; ++i) {
      if (box.x + i < 1 || box.y + j < 1) continue;
      const std::size_t x = box.x + i - 1;
      const std::size_t y = box.y + j - 1;
      if (x >= strength.width || y >= strength.height) continue;
      bool near = false;
      for (std::size_t ny = y - (y > 0); ny <= std::min(y + 1, strength.height - 1); ++ny)
        for (std::size_t nx = x - (x > 0); nx <= std::min(x + 1, strength.width - 1); ++nx)
          near = near || is_member(page.labels[ny * strength.width + nx]);
      if (!near) continue;
      const double value = (strength.pixels[y * strength.width + x] - black) / range;
      digit.pixels[j * digit.width + i] =
          static_cast<std::uint8_t>(std::lround(255 * std::clamp(value, 0.0, 1.0)));
    }
  return digit;
}

/// Divides a mark by its cuts; the pieces get labels of their own.
std::vector<Piece> divided(Page& page, std::uint32_t& next_label, const Piece& whole,
                           const std::vector<Cut>& cuts) {
  if (cuts.empty()) return {whole};
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i <= cuts.size(); ++i)
    pieces.push_back({.box = {}, .label = next_label++, .mark = whole.mark});
  const std::size_t width = page.ink.mask.width;
  for (std::size_t y = whole.box.y; y < whole.box.y + whole.box.height; ++y)
    for (std::size_t x = whole.box.x; x < whole.box.x + whole.box.width; ++x) {
      auto& label = page.labels[y * width + x];
      if (label != whole.label) continue;
      std::size_t part = 0;
      while (part < cuts.size() && x - whole.box.x >= cuts[part].columns[y - whole.box.y]) ++part;
      Piece& piece = pieces[part];
      label = piece.label;
      const Box pixel{x, y, 1, 1};
      piece.box = piece.area == 0 ? pixel : joined(piece.box, pixel);
      ++piece.area;
    }
  std::erase_if(pieces, [](const Piece& piece) { return piece.area == 0; });
  return pieces;
}

double line_height(const Components& marks, const std::vector<std::size_t>& line) {
  std::vector<std::size_t> heights;
  std::size_t tallest_mark = 0;
  for (const std::size_t i : line) tallest_mark = std::max(tallest_mark, marks.all[i].box.height);
  for (const std::size_t i : line)
    if (2 * marks.all[i].box.height >= tallest_mark) heights.push_back(marks.all[i].box.height);
  std::sort(heights.begin(), heights.end());
  return static_cast<double>(heights[heights.size() / 2]);
}

struct LineOfMarks {
  std::vector<std::size_t> marks = {};
  LineOfPieces place = {};
};

/// Whether a mark in a table is what is left of a rule: a thin stroke where a rule is or should be.
bool is_left_of_rule(const PageGrid& grid, const Box& box, double stroke) {
  const double thin = widest_remnant * stroke + 1;
  const double x = static_cast<double>(box.x) + static_cast<double>(box.width) / 2;
  const double y = static_cast<double>(box.y) + static_cast<double>(box.height) / 2;
  const double reach = remnant_reach * grid.cell_height();
  const auto is_near = [&](const std::vector<RuleCurve>& rules, double along, double across) {
    return std::any_of(rules.begin(), rules.end(),
                       [&](const RuleCurve& rule) { return std::abs(rule.at(along) - across) < reach; });
  };
  return (static_cast<double>(box.width) < thin && is_near(grid.down, y, x)) ||
         (static_cast<double>(box.height) < thin && is_near(grid.across, x, y));
}

/// The writing in the cells of tables, a line for each cell, and outside of them.
std::vector<LineOfMarks> lines_of(const Page& page, std::vector<MarkKind>& kinds) {
  std::vector<LineOfMarks> lines;
  const std::vector<MarkKind> before = kinds;
  for (std::size_t g = 0; g < page.grids.size(); ++g) {
    const PageGrid& grid = page.grids[g];
    const double least = least_in_cell * grid.cell_height();
    std::vector<std::vector<std::size_t>> cells(grid.rows() * grid.columns());
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      if (kinds[i] == MarkKind::none) continue;
      const Box& box = page.components.all[i].box;
      const auto cell = grid.cell_at(static_cast<double>(box.x) + static_cast<double>(box.width) / 2,
                                     static_cast<double>(box.y) + static_cast<double>(box.height) / 2);
      if (!cell) continue;
      kinds[i] = MarkKind::none;
      if (is_left_of_rule(grid, box, page.ink.stroke)) continue;
      if (static_cast<double>(std::max(box.width, box.height)) >= least)
        cells[cell->row * grid.columns() + cell->column].push_back(i);
    }
    for (std::size_t k = 0; k < cells.size(); ++k) {
      if (cells[k].empty()) continue;
      std::vector<MarkKind> in_cell(kinds.size(), MarkKind::none);
      for (const std::size_t i : cells[k]) in_cell[i] = before[i];
      std::size_t number = 0;
      for (auto& marks : find_lines(page.components, in_cell))
        lines.push_back(
            {std::move(marks),
             {.grid = g, .row = k / grid.columns(), .column = k % grid.columns(), .line = number++}});
    }
    // Row by row, and where a row has several lines, line by line.
    std::stable_sort(lines.begin(), lines.end(), [](const LineOfMarks& a, const LineOfMarks& b) {
      const LineOfPieces& x = a.place;
      const LineOfPieces& y = b.place;
      return std::tuple(x.grid, x.row, x.line, x.column) < std::tuple(y.grid, y.row, y.line, y.column);
    });
  }
  for (auto& marks : find_lines(page.components, kinds)) lines.push_back({std::move(marks), {}});
  return lines;
}

void add_candidates(Page& page, std::size_t number) {
  const LineOfPieces& line = page.lines[number];
  for (std::size_t first = 0; first < line.pieces.size(); ++first) {
    Box box = line.pieces[first].box;
    const bool begins_mark = first == 0 || line.pieces[first - 1].mark != line.pieces[first].mark;
    for (std::size_t end = first + 1; end <= line.pieces.size(); ++end) {
      const Piece& last = line.pieces[end - 1];
      const bool is_one_mark = last.mark == line.pieces[first].mark;
      if (!is_one_mark && end - first > most_pieces) break;
      if (end > first + 1) {
        const double gap = static_cast<double>(last.box.x) - static_cast<double>(box.x + box.width);
        if (gap > largest_gap * line.height) break;
        box = joined(box, last.box);
        if (static_cast<double>(box.width) > (is_one_mark ? widest_mark : widest_digit) * line.height ||
            static_cast<double>(box.height) > highest_digit * line.height)
          break;
      }
      const bool ends_mark = end == line.pieces.size() || line.pieces[end].mark != last.mark;
      // A mark as a whole is a candidate however many pieces it has.
      if (end - first > most_pieces && !(begins_mark && ends_mark)) continue;
      Candidate candidate{.line = number, .first = first, .end = end, .box = box};
      candidate.image = with_strokes_of_mnist(
          cut_out(page, box, std::span(line.pieces).subspan(first, end - first), candidate.level));
      page.candidates.push_back(candidate);
    }
  }
}

}  // namespace

Page take_apart(PageInk ink) {
  Page page{.ink = std::move(ink)};
  if (page.ink.level == 0) return page;
  page.components = find_marks(page.ink, {});
  page.height = usual_height(page.components, page.ink);
  const double least = std::max(20 * page.ink.stroke, 24.0);
  page.rules = find_rules(page.ink.mask, page.ink.stroke, static_cast<std::size_t>(least));
  if (!page.rules.empty()) {
    const double height_with_rules = page.height;
    page.components = find_marks(page.ink, page.rules);
    page.height = std::max(height_with_rules, usual_height(page.components, page.ink));
    drop_strokes(page.rules, page.height, page.ink.stroke);
    page.components = find_marks(page.ink, page.rules);
    page.height = usual_height(page.components, page.ink);
    if (page.height < 4 * page.ink.stroke) {  // nothing but rules, or they were the strokes of a mark
      page.rules = {};
      page.components = find_marks(page.ink, page.rules);
      page.height = usual_height(page.components, page.ink);
    }
    page.grids = find_grids(page.rules, page.height, page.ink.stroke);
  }
  auto kinds = kinds_of(page.components, page.ink, page.rules, page.height);
  const auto lines = lines_of(page, kinds);
  page.labels.resize(page.components.labels.size());
  page.labels = page.components.labels;
  auto next_label = static_cast<std::uint32_t>(page.components.all.size() + 1);
  for (const auto& [marks, cell] : lines) {
    LineOfPieces line = cell;
    line.height = line_height(page.components, marks);
    for (const std::size_t i : marks) {
      const Component& mark = page.components.all[i];
      if (static_cast<double>(std::max(mark.box.width, mark.box.height)) < least_part * line.height) continue;
      const Piece whole{mark.box, static_cast<std::uint32_t>(i + 1), i, mark.area};
      std::vector<Cut> cuts;
      if (static_cast<double>(mark.box.width) > least_cut_width * line.height &&
          static_cast<double>(mark.box.height) > least_cut_height * line.height)
        cuts =
            find_cuts(page.labels, page.ink.mask.width, whole.label, mark.box, page.ink.stroke, line.height);
      for (const Piece& piece : divided(page, next_label, whole, cuts)) line.pieces.push_back(piece);
    }
    page.lines.push_back(std::move(line));
    add_candidates(page, page.lines.size() - 1);
  }
  return page;
}

}  // namespace scrawl
