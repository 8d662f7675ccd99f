#pragma once

// For programs that draw galleries, pictures of a run, and the page that compares runs.

#include "scrawl/arrays.h"
#include "scrawl/dataset.h"
#include "scrawl/error.h"
#include "scrawl/model.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

/// An image with the caption above it.
struct Tile {
  std::span<const std::uint8_t> pixels;  ///< channels * height * width bytes
  std::string caption = {};              ///< one line of ASCII, other characters become '?'; cut if too long
  bool wrong = false;                    ///< draws a frame, and the caption in another colour
};

/// The largest number of tiles in a gallery ...
constexpr std::size_t most_tiles = 1000;
/// ... and the largest number of pixels per side.
constexpr std::size_t most_gallery_side = 32768;

/// The name of class `c` in pictures: its name if it is printable ASCII, otherwise "#3". scrawl has its own
/// letters, ASCII only, so pictures do not depend on the fonts of a machine. A class beyond `classes` is
/// shown as its number.
std::string picture_class_name(std::span<const std::string> classes, std::size_t c);

/// The names that pictures cannot show, one per line: "#3: NAME". Control characters are escaped. Empty if
/// pictures show all names.
std::vector<std::string> picture_legend(std::span<const std::string> classes);

/// Writes images in rows of `columns` as a PNG file, which is complete or does not exist. Images of one and
/// three channels are shown in grey and in colour; of others the mean of the channels is shown. They are
/// enlarged by an integer factor to about 112 pixels, or reduced if they have more than 224. A plain vector
/// is shown as a square if its size allows. Equal galleries give equal files. Throws Error(invalid_argument)
/// for no tiles or more than most_tiles, for a tile whose size differs from the shape, for columns = 0 and
/// for a gallery that is too large; Error(io) if the file cannot be written.
void write_gallery(const std::filesystem::path& path, const Shape& shape, std::span<const Tile> tiles,
                   std::size_t columns);

/// The data for the pictures of a run.
struct RunPictures {
  std::filesystem::path folder;  ///< of the run, with metrics.csv; the pictures are written there
  const Model& model;
  const DatasetView& test;  ///< images and labels of the model's sizes
  std::size_t threads = 0;  ///< 0: one per core
};

/// Draws a finished run into its folder:
///
///     curves.svg, curves.png          loss over steps, accuracies over epochs; those that were recorded
///     confusion.svg, confusion.png    the confusion matrix of the test images
///     digits.png                      the first test images, with the predicted class above each
///     mistakes.png                    the misread images with the highest confidence
///     weights.png                     the weights of the first layer, if it is dense
///     classes.txt                     the names for "#3" and so on, if not ASCII (picture_legend)
///
/// Empty pictures are not written. Each file is complete or does not exist, and replaces an existing one.
/// Returns the files written. The program gnuplot draws curves and confusion matrix; if it is not installed,
/// throws Error(not_found) with the remedy after everything else is written. Throws Error(invalid_argument)
/// if model, classes and images do not fit together, and Error(io).
std::vector<std::filesystem::path> draw_run(const RunPictures& run);

/// Whether the folder lacks one of the pictures that nearly every run has: curves, confusion matrix, digits.
bool lacks_pictures(const std::filesystem::path& folder);

/// Whether a folder contains a run, finished or not.
bool holds_run(const std::filesystem::path& folder);

/// One self-contained HTML page that shows and compares runs.
struct ReportPage {
  std::string html;
  /// What is missing in the page: gnuplot is not installed or has failed, so there is no figure that compares
  /// the runs.
  std::optional<Error> missing;
};

/// The page shows a table of all runs, the differences between their recipes, their curves in one figure, and
/// the pictures and the recipe of each run (of the first 12 if there are more); it says what it omits.
/// Interrupted runs are shown up to the interruption. Throws Error(not_found) for a folder without a run,
/// Error(bad_data) for files that scrawl did not write, and Error(invalid_argument) for no folder.
ReportPage report_page(const std::vector<std::filesystem::path>& runs);

/// Writes the page into a file, which is complete or does not exist. Throws Error(io).
void write_report(const std::filesystem::path& file, const ReportPage& page);

}  // namespace scrawl
#pragma GCC visibility pop
