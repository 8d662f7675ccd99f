#pragma once

#include <filesystem>
#include <limits>
#include <span>
#include <vector>

namespace scrawl {

/// A row of metrics.csv; NaN where nothing was measured.
struct MetricsRow {
  double step = 0;
  double epoch = 0;
  float loss = std::numeric_limits<float>::quiet_NaN();
  float train = std::numeric_limits<float>::quiet_NaN();
  float validation = std::numeric_limits<float>::quiet_NaN();
  float test = std::numeric_limits<float>::quiet_NaN();
};

/// The rows of a run's metrics.csv, in the order of their steps. A last row that was cut off is left out.
/// Throws Error(not_found) or Error(io) where it cannot be read, and Error(bad_data) where it is no such
/// file. Takes at most 8 times the file's size of memory besides the file itself.
std::vector<MetricsRow> read_metrics(const std::filesystem::path& path);

/// A measured value over steps or epochs.
struct Point {
  double x = 0;
  double y = 0;
};

/// The points of one range of x.
struct Bin {
  double x = 0;  ///< their mean
  double low = 0;
  double mean = 0;
  double high = 0;
};

/// Cuts the range from the first to the last x into `most` equal parts and joins the points of each. Points
/// that are not finite are left out, and so are parts without points. REQUIRES most > 0 and x that do not
/// fall.
std::vector<Bin> join_points(std::span<const Point> points, std::size_t most);

}  // namespace scrawl
