#pragma once

#include "scrawl/evaluation.h"

#include "report/gnuplot.h"

#include <span>
#include <string>

namespace scrawl {

/// The confusion matrix: labels down, predictions across. Right answers are blue by their share of the row,
/// mistakes orange, by the root of their share of the largest one, so that rare ones are seen. Without counts
/// where they would be too small to read. Of more than 4000 kinds of mistakes the rarest are left out.
/// REQUIRES as many names as classes, and at least one.
Plot plot_confusion(const EvaluationResult& result, std::span<const std::string> classes);

}  // namespace scrawl
