#pragma once

#include "report/gnuplot.h"
#include "report/palette.h"
#include "report/points.h"
#include "train/metrics.h"

#include <optional>
#include <span>
#include <vector>

namespace scrawl {

/// The loss over steps and the accuracies over epochs of one run: those of them that were measured. nullopt
/// where nothing was, or nothing that is finite.
std::optional<Plot> plot_curves(std::span<const MetricsRow> rows);

/// The losses and test accuracies of several runs over epochs, as SVG without legend. Run i has the colour
/// page_colour::series[i], dashed from dashed_runs on; runs after most_coloured_runs are grey.
std::optional<Plot> plot_comparison(std::span<const std::span<const MetricsRow>> runs);

constexpr std::size_t most_coloured_runs = page_colour::series.size();
constexpr std::size_t dashed_runs = 4;

}  // namespace scrawl
