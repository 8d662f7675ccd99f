#include "report/curves.h"

#include "base/text.h"
#include "report/axis.h"
#include "report/palette.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace scrawl {
namespace {

constexpr std::size_t plot_width = 800;
constexpr std::size_t plot_height = 340;

// A panel as wide as the picture has so many bins for the band, and for the line of the means.
constexpr std::size_t band_bins = 600;
constexpr std::size_t mean_bins = 200;

std::vector<Point> points_of(std::span<const MetricsRow> rows, double MetricsRow::*x, double MetricsRow::*y) {
  std::vector<Point> points;
  points.reserve(rows.size());
  for (const auto& row : rows)
    if (const auto value = static_cast<float>(row.*y); std::isfinite(value))  // rows are written from floats
      points.push_back({row.*x, static_cast<double>(value)});
  return points;
}

/// How the axis of a loss is cut and scaled.
struct LossAxis {
  double bottom = 0;
  double top = 1;
  bool logarithmic = false;

  double shown(double loss) const { return std::clamp(loss, bottom, top); }
};

/// `bins` of all curves that share the axis; not empty. Where it may be, it is logarithmic if a linear axis
/// would show no more than a fall from a height: most means below a twentieth of the highest.
LossAxis loss_axis(std::span<const Bin> bins, bool may_be_logarithmic) {
  std::vector<double> means;
  means.reserve(bins.size());
  double low = bins[0].low;
  double high = bins[0].high;
  for (const auto& bin : bins) {
    means.push_back(bin.mean);
    low = std::min(low, bin.low);
    high = std::max(high, bin.high);
  }
  std::sort(means.begin(), means.end());
  const double median = means[means.size() / 2];
  const double highest_mean = means.back();
  if (may_be_logarithmic && means.front() > 0 && highest_mean > 20 * median)
    return {.bottom = means.front() / 2, .top = 1.3 * std::min(high, 3 * highest_mean), .logarithmic = true};
  if (low < 0) return {.bottom = low, .top = high > low ? high : low + 1, .logarithmic = false};
  // A single high peak of the band must not press the line of the means down.
  const double top = 1.04 * std::min(high, 1.6 * highest_mean);
  return {.bottom = 0, .top = top > 0 ? top : 1, .logarithmic = false};
}

std::string axis_commands(const LossAxis& axis) {
  std::string commands =
      fmt::format("set yrange [{}:{}]\nset ylabel 'loss'\n", shortest(axis.bottom), shortest(axis.top));
  return commands + (axis.logarithmic ? "set logscale y\nset format y '%g'\n" : "unset logscale y\n");
}

std::string x_axis(const char* name, double last, std::size_t tics) {
  return fmt::format("set xlabel '{}'\nset xrange [0:{}]\n", name, last > 0 ? shortest(last) : "1") +
         round_tics('x', last, tics);
}

/// How a line of so many points is drawn; few have dots besides.
std::string line_style(std::size_t points, std::string_view colour, std::string_view dashes) {
  return fmt::format("with {} lc rgb '{}' dt {}", points <= 8 ? "linespoints lw 2 pt 7 ps 0.5" : "lines lw 2",
                     colour, dashes);
}

/// The means of as many bins as leave a line that can be followed: fewer where the losses scatter much.
std::vector<Bin> smooth_means(const std::vector<Point>& losses, std::size_t most) {
  constexpr std::size_t fewest = 20;
  constexpr double most_way = 5;  // that the line goes up and down, in heights of the whole line
  std::vector<Bin> means = join_points(losses, most);
  if (means.empty()) return means;
  for (std::size_t bins = most / 2; bins >= fewest; bins /= 2) {
    double way = 0;
    double low = means[0].mean;
    double high = low;
    for (std::size_t i = 1; i < means.size(); ++i) {
      way += std::abs(means[i].mean - means[i - 1].mean);
      low = std::min(low, means[i].mean);
      high = std::max(high, means[i].mean);
    }
    if (way <= most_way * (high - low)) break;
    means = join_points(losses, bins);
  }
  return means;
}

struct Panel {
  std::string data;
  std::string commands;
};

Panel loss_panel(const std::vector<Point>& losses, double last_step, bool whole_width) {
  const std::size_t share = whole_width ? 1 : 2;
  const auto band = join_points(losses, std::clamp<std::size_t>(losses.size() / 4, 1, band_bins / share));
  const auto means = smooth_means(losses, mean_bins / share);
  // The authors of the systems draw it linear.
  const LossAxis axis = loss_axis(means, false);
  std::string band_rows;
  for (const auto& bin : band)
    band_rows += fmt::format("{} {:.6g} {:.6g}\n", bin.x, axis.shown(bin.low), axis.shown(bin.high));
  std::string mean_rows;
  for (const auto& bin : means) mean_rows += fmt::format("{} {:.6g}\n", bin.x, axis.shown(bin.mean));
  const auto blue = page_colour::blue;
  return {.data = gnuplot_block("band", band_rows) + gnuplot_block("means", mean_rows),
          .commands = axis_commands(axis) + x_axis("step", last_step, whole_width ? 10 : 5) +
                      fmt::format("plot $band using 1:2:3 with filledcurves fc rgb '{}' fs transparent solid "
                                  "0.25 noborder notitle, $means using 1:2 {} notitle\n",
                                  blue, line_style(means.size(), blue, "1"))};
}

struct AccuracyCurve {
  const char* name;
  double MetricsRow::*value;
  std::string_view colour;
  const char* dashes;
};

constexpr std::array<AccuracyCurve, 3> accuracy_curves = {
    {{"training", &MetricsRow::train, page_colour::blue, "1"},
     {"test", &MetricsRow::test, page_colour::orange, "(6,6)"},
     {"validation", &MetricsRow::validation, page_colour::green, "(2,4)"}}};

constexpr const char* accuracy_axis =
    "set yrange [0:1]\nunset logscale y\nset format y '%g'\nset ytics 0.2\nset ylabel 'accuracy'\n"
    "set key bottom right Left reverse samplen 2.5 spacing 1.15\n";

/// The legend goes to the bottom, as the authors have it, unless a curve ends there.
std::string legend_place(double lowest_end, double highest_end) {
  if (lowest_end > 0.35) return "";
  return highest_end < 0.65 ? "set key top right\n" : "set key center right\n";
}

/// No commands where no accuracy was measured.
Panel accuracy_panel(std::span<const MetricsRow> rows, double last_epoch) {
  Panel panel;
  std::string lines;
  double lowest_end = 1;
  double highest_end = 0;
  for (const auto& curve : accuracy_curves) {
    const auto bins = join_points(points_of(rows, &MetricsRow::epoch, curve.value), band_bins);
    if (bins.empty()) continue;
    std::string values;
    for (const auto& bin : bins) values += fmt::format("{} {:.6g}\n", bin.x, bin.mean);
    panel.data += gnuplot_block(curve.name, values);
    lowest_end = std::min(lowest_end, bins.back().mean);
    highest_end = std::max(highest_end, bins.back().mean);
    lines += fmt::format("{}${} using 1:2 {} title '{}'", lines.empty() ? "plot " : ", ", curve.name,
                         line_style(bins.size(), curve.colour, curve.dashes), curve.name);
  }
  if (!lines.empty())
    panel.commands =
        accuracy_axis + legend_place(lowest_end, highest_end) + x_axis("epoch", last_epoch, 6) + lines + "\n";
  return panel;
}

/// Panels side by side.
Plot joined(std::string title, std::span<const Panel> panels) {
  Plot plot{.title = std::move(title),
            .width = plot_width,
            .height = plot_height,
            .data = {},
            .commands = plot_style() + fmt::format("set multiplot layout 1,{}\n", panels.size())};
  for (const auto& panel : panels) {
    plot.data += panel.data;
    plot.commands += panel.commands;
  }
  plot.commands += "unset multiplot\n";
  return plot;
}

}  // namespace

std::optional<Plot> plot_curves(std::span<const MetricsRow> rows) {
  if (rows.empty()) return {};
  const auto losses = points_of(rows, &MetricsRow::step, &MetricsRow::loss);
  Panel accuracies = accuracy_panel(rows, rows.back().epoch);
  std::vector<Panel> panels;
  if (!losses.empty()) panels.push_back(loss_panel(losses, rows.back().step, accuracies.commands.empty()));
  if (!accuracies.commands.empty()) panels.push_back(std::move(accuracies));
  if (panels.empty()) return {};
  const char* title = panels.size() == 2 ? "Loss over steps and accuracy over epochs"
                      : losses.empty()   ? "Accuracy over epochs"
                                         : "Loss over steps";
  return joined(title, panels);
}

namespace {

struct Line {
  std::vector<Bin> bins;
  std::size_t run;
};

/// The grey lines first, so that those in colours lie above them.
std::vector<Line> lines_of(std::span<const std::span<const MetricsRow>> runs, double MetricsRow::*value) {
  std::vector<Line> lines;
  lines.reserve(runs.size());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto points = points_of(runs[i], &MetricsRow::epoch, value);
    // Many grey lines need no detail.
    auto bins = smooth_means(points, i < most_coloured_runs ? mean_bins / 2 : mean_bins / 6);
    if (!bins.empty()) lines.push_back({std::move(bins), i});
  }
  std::stable_partition(lines.begin(), lines.end(),
                        [](const Line& line) { return line.run >= most_coloured_runs; });
  return lines;
}

template <class Shown>
Panel comparison_panel(const std::vector<Line>& lines, std::string_view block, const Shown& shown) {
  Panel panel;
  for (const auto& line : lines) {
    std::string rows;
    for (const auto& bin : line.bins) rows += fmt::format("{} {:.6g}\n", bin.x, shown(bin.mean));
    const std::string name = fmt::format("{}{}", block, line.run);
    const bool grey = line.run >= most_coloured_runs;
    panel.data += gnuplot_block(name, rows);
    panel.commands += fmt::format("{}${} using 1:2 ", panel.commands.empty() ? "plot " : ", ", name) +
                      (grey ? fmt::format("with lines lw 1 lc rgb '{}'", page_colour::others)
                            : line_style(line.bins.size(), page_colour::series[line.run],
                                         line.run < dashed_runs ? "1" : "(8,3)"));
  }
  panel.commands += "\n";
  return panel;
}

}  // namespace

std::optional<Plot> plot_comparison(std::span<const std::span<const MetricsRow>> runs) {
  double last_epoch = 0;
  for (const auto& rows : runs)
    if (!rows.empty()) last_epoch = std::max(last_epoch, rows.back().epoch);
  const std::string epochs = x_axis("epoch", last_epoch, 6);
  const auto losses = lines_of(runs, &MetricsRow::loss);
  const auto accuracies = lines_of(runs, &MetricsRow::test);
  std::vector<Panel> panels;
  if (!losses.empty()) {
    std::vector<Bin> all;
    for (const auto& line : losses)
      for (const auto& bin : line.bins)
        all.push_back({bin.x, bin.mean, bin.mean, bin.mean});  // without the band
    const LossAxis axis = loss_axis(all, true);
    Panel panel = comparison_panel(losses, "loss", [&](double loss) { return axis.shown(loss); });
    panel.commands = axis_commands(axis) + "unset key\n" + epochs + panel.commands;
    panels.push_back(std::move(panel));
  }
  if (!accuracies.empty()) {
    Panel panel = comparison_panel(accuracies, "test", [](double accuracy) { return accuracy; });
    panel.commands =
        accuracy_axis + std::string("set ylabel 'test accuracy'\nunset key\n") + epochs + panel.commands;
    panels.push_back(std::move(panel));
  }
  if (panels.empty()) return {};
  Plot plot = joined("Loss and test accuracy of the runs over epochs", panels);
  plot.png = false;
  return plot;
}

}  // namespace scrawl
