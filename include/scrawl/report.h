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

/// Limits of a gallery: tiles, and pixels per side.
constexpr std::size_t most_tiles = 1000;
constexpr std::size_t most_gallery_side = 32768;

/// The name of class `c` in pictures: its name if it is printable ASCII, for which scrawl has its own
/// letters, otherwise "#3"; its number if it is beyond `classes`.
std::string picture_class_name(std::span<const std::string> classes, std::size_t c);

/// The names that pictures cannot show, one per line: "#3: NAME", with control characters escaped.
std::vector<std::string> picture_legend(std::span<const std::string> classes);

/// Writes images in rows of `columns` as a PNG file, which is complete or does not exist. One and three
/// channels are shown in grey and in colour, others as their mean; plain vectors as squares if possible.
/// Images are enlarged by an integer factor to about 112 pixels, or reduced if they have more than 224. Equal
/// galleries give equal files. Throws Error(invalid_argument) for no tiles or more than most_tiles, tiles of
/// another size, columns = 0 and a gallery that is too large; Error(io).
void write_gallery(const std::filesystem::path& path, const Shape& shape, std::span<const Tile> tiles,
                   std::size_t columns);

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
/// Empty pictures are not written. Files are replaced atomically. Returns the files written. Without gnuplot,
/// which draws curves and confusion matrix, throws Error(not_found) after everything else is written. Throws
/// Error(invalid_argument) if model, classes and images do not fit together, and Error(io).
std::vector<std::filesystem::path> draw_run(const RunPictures& run);

/// Whether the folder lacks one of the pictures that nearly every run has: curves, confusion matrix, digits.
bool lacks_pictures(const std::filesystem::path& folder);

bool holds_run(const std::filesystem::path& folder);  ///< finished or not

/// One self-contained HTML page that shows and compares runs.
struct ReportPage {
  std::string html;
  /// What the page lacks: gnuplot is missing or has failed, so no figure compares the runs.
  std::optional<Error> missing;
};

/// Shows a table of all runs, the differences between their recipes, their curves in one figure, and the
/// pictures and recipe of each run (of the first 12; the page says so). Interrupted runs are included. Throws
/// Error(not_found) for a folder without a run, Error(bad_data) for malformed files, and
/// Error(invalid_argument) for no folder.
ReportPage report_page(const std::vector<std::filesystem::path>& runs);

/// Writes the page into a file, which is complete or does not exist. Throws Error(io).
void write_report(const std::filesystem::path& file, const ReportPage& page);

}  // namespace scrawl
#pragma GCC visibility pop
