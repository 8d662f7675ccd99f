#pragma once

#include "scrawl/dataset.h"
#include "scrawl/error.h"
#include "scrawl/model_file.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

/// What the pictures of a run show.
struct RunPictures {
  std::filesystem::path folder;  ///< of the run: its metrics.csv is read, and the pictures are written there
  const Model& model;
  const DatasetView& test;  ///< images and labels of the model's sizes
  std::size_t threads = 0;  ///< 0: one for each core
};

/// Draws a finished run into its folder:
///
///     curves.svg, curves.png          loss over steps, accuracies over epochs; whichever were recorded
///     confusion.svg, confusion.png    the confusion matrix of the test images
///     digits.png                      the first test images, with the predicted class above each
///     mistakes.png                    the misread images that the model was surest of
///     weights.png                     the weights of the first layer, if it is dense
///     classes.txt                     what "#3" stands for, where names are not ASCII (see picture_legend)
///
/// Pictures that would have nothing to show are not written. Each file is there whole or not at all, and is
/// replaced if it is there already. Returns the files written. Curves and confusion matrix are drawn by the
/// program gnuplot; where it is not installed, throws Error(not_found) with the remedy after everything else
/// is written. Throws Error(invalid_argument) where model, classes and images do not fit, and Error(io).
std::vector<std::filesystem::path> draw_run(const RunPictures& run);

/// Whether the folder lacks one of the pictures that nearly every run has: curves, confusion matrix, digits.
bool lacks_pictures(const std::filesystem::path& folder);

/// Whether a folder holds a run, finished or not.
bool holds_run(const std::filesystem::path& folder);

/// One HTML page that shows and compares runs, with its pictures inside: nothing else is needed to read it.
struct ReportPage {
  std::string html;
  /// What the page had to do without: gnuplot is not installed or has failed, and so the runs are not
  /// compared in one figure.
  std::optional<Error> missing;
};

/// The page shows a table of all runs, what their recipes differ in, their curves in one figure, and the
/// pictures and the recipe of each run, of the first 12 if there are more; it says what it leaves out.
/// Interrupted runs are shown as far as they go. Throws Error(not_found) for a folder that holds no run,
/// Error(bad_data) for files that scrawl did not write, and Error(invalid_argument) for no folder.
ReportPage report_page(const std::vector<std::filesystem::path>& runs);

/// Writes the page, whole or not at all. Throws Error(io).
void write_report(const std::filesystem::path& file, const ReportPage& page);

}  // namespace scrawl
#pragma GCC visibility pop
