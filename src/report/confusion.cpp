#include "report/confusion.h"

#include "scrawl/report.h"

#include "base/text.h"
#include "report/axis.h"
#include "report/palette.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace scrawl {
namespace {

constexpr std::size_t most_cells = 4000;
constexpr double least_name_height = 13;  // in pixels; where classes are closer, not every one has its name
constexpr double letter_width = 7.2;      // of the tics' font, in pixels

struct Cell {
  std::size_t label, prediction, count;
  double share;  // of its row
};

std::vector<Cell> cells_of(const EvaluationResult& result) {
  std::vector<Cell> cells;
  for (std::size_t label = 0; label < result.confusion.size(); ++label) {
    const auto& row = result.confusion[label];
    std::size_t sum = 0;
    for (const auto count : row) sum += count;
    for (std::size_t prediction = 0; prediction < row.size(); ++prediction)
      if (row[prediction] > 0)
        cells.push_back({label, prediction, row[prediction],
                         static_cast<double>(row[prediction]) / static_cast<double>(sum)});
  }
  if (cells.size() <= most_cells) return cells;
  std::stable_sort(cells.begin(), cells.end(),
                   [](const Cell& a, const Cell& b) { return a.count > b.count; });
  cells.resize(most_cells);
  return cells;
}

/// gnuplot's "0xAARRGGBB", AA from 0 (opaque) to 255, as the number that a column holds.
std::size_t see_through(std::string_view hex, double opacity) {
  const auto colour = static_cast<std::size_t>(std::stoul(std::string(hex.substr(1)), nullptr, 16));
  return (static_cast<std::size_t>(std::lround(255 * (1 - opacity))) << 24) + colour;
}

std::string tics(char axis, std::span<const std::string> classes, std::size_t longest, double cell) {
  const auto every = static_cast<std::size_t>(std::ceil(least_name_height / cell));
  std::string list;
  for (std::size_t i = 0; i < classes.size(); i += every)
    list += fmt::format("{}{} {}", list.empty() ? "" : ", ", gnuplot_text(classes[i], longest), i);
  return fmt::format("set {}tics ({})\n", axis, list);
}

/// The names of the classes on both axes. In SVG they are text, which whoever shows it draws with fonts of
/// its own; in the PNG file, drawn here, names that are not ASCII would become boxes where fonts are missing.
std::string names(std::span<const std::string> classes, std::size_t longest, double cell) {
  const auto both = [&](std::span<const std::string> shown) {
    return tics('x', shown, longest, cell) + tics('y', shown, longest, cell);
  };
  if (picture_legend(classes).empty()) return both(classes);
  std::vector<std::string> plain;
  for (std::size_t c = 0; c < classes.size(); ++c) plain.push_back(picture_class_name(classes, c));
  return "if (GPVAL_TERM eq 'svg') {\n" + both(classes) + "} else {\n" + both(plain) + "}\n";
}

}  // namespace

Plot plot_confusion(const EvaluationResult& result, std::span<const std::string> classes) {
  constexpr std::size_t longest_name = 16;
  const std::size_t count = classes.size();
  const double cell = std::clamp(520.0 / static_cast<double>(count), 4.0, 72.0);
  std::size_t letters = 1;
  for (const auto& name : classes) letters = std::max(letters, printable(name, longest_name).size());
  const double name_width = letter_width * static_cast<double>(letters);
  const bool upright = name_width > cell - 4;
  const double left = 52 + name_width;
  const double bottom = upright ? 48 + name_width : 56;
  const double side = cell * static_cast<double>(count);
  const double width = std::max(side + left + 24, 260.0);
  const double height = side + bottom + 16;

  const auto cells = cells_of(result);
  double largest_mistake = 0;
  std::size_t largest_count = 0;
  for (const auto& one : cells) {
    if (one.label != one.prediction) largest_mistake = std::max(largest_mistake, one.share);
    largest_count = std::max(largest_count, one.count);
  }
  const double digits_width = 6.6 * static_cast<double>(std::to_string(largest_count).size());
  const bool with_counts = cell >= 18 && digits_width < cell - 3;

  std::string rows;
  for (const auto& one : cells) {
    // The opacity stays so low that dark text reads well on a light page, and light text on a dark one.
    const bool right = one.label == one.prediction;
    const double opacity =
        right ? 0.12 + 0.38 * one.share : 0.1 + 0.6 * std::sqrt(one.share / largest_mistake);
    const auto colour = right ? page_colour::blue : page_colour::orange;
    rows += fmt::format("{} {} {} {}\n", one.prediction, one.label, one.count, see_through(colour, opacity));
  }
  const double half = cell >= 18 ? 0.5 - 1 / cell : 0.5;
  std::string commands = plot_style() + names(classes, longest_name, cell);
  commands += fmt::format(
      "unset grid\nset border 15 lc rgb '{}'\nset tics scale 0\nunset key\n"
      "set lmargin at screen {:.5f}\nset rmargin at screen {:.5f}\n"
      "set bmargin at screen {:.5f}\nset tmargin at screen {:.5f}\n"
      "set xrange [-0.5:{}.5]\nset yrange [{}.5:-0.5]\n{}"
      "set xlabel 'predicted'{}\nset ylabel 'label'\n",
      page_colour::grid, left / width, (left + side) / width, bottom / height, (bottom + side) / height,
      count - 1, count - 1, upright ? "set xtics rotate by 90 right\n" : "", "");
  if (cells.empty())
    return {"Confusion matrix", std::size_t(width), std::size_t(height), "", commands + "plot NaN\n"};
  commands += fmt::format(
      "plot $cells using 1:2:({0}):({0}):4 with boxxyerror fs solid noborder lc rgb variable", half);
  if (with_counts) commands += fmt::format(", $cells using 1:2:3 with labels tc rgb '{}'", page_colour::text);
  return {.title = "Confusion matrix: labels down, predictions across",
          .width = static_cast<std::size_t>(width),
          .height = static_cast<std::size_t>(height),
          .data = gnuplot_block("cells", rows),
          .commands = commands + "\n"};
}

}  // namespace scrawl
