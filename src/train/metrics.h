#pragma once

#include "scrawl/trainer.h"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <vector>

namespace scrawl {

/// A row of metrics.csv; NaN for values that were not measured.
struct MetricsRow {
  double step = 0;
  double epoch = 0;
  double learning_rate = 0;
  double loss = std::numeric_limits<double>::quiet_NaN();
  double batch_accuracy = std::numeric_limits<double>::quiet_NaN();
  double train = std::numeric_limits<double>::quiet_NaN();
  double validation = std::numeric_limits<double>::quiet_NaN();
  double test = std::numeric_limits<double>::quiet_NaN();
};

/// The rows of a metrics.csv, in order of steps, without an incomplete last row. Throws Error(not_found),
/// Error(io), and Error(bad_data), with the line, for malformed content or more than `most` bytes. Needs at
/// most 5 times the file's size besides the file itself.
std::vector<MetricsRow> read_metrics(const std::filesystem::path& path,
                                     std::uint64_t most = std::uint64_t{1} << 28);

/// Writes metrics.csv during a run: one row per record, with empty fields for values not measured.
class MetricsFile {
 public:
  /// Keeps the rows of an earlier file up to step `last_row`, the last step recorded before the checkpoint,
  /// and removes later ones. 0, or a file that is missing or has no rows, starts a new file. Throws
  /// Error(bad_data), with the line, if a row to be kept is damaged or missing.
  MetricsFile(const std::filesystem::path& path, std::uint64_t last_row);
  ~MetricsFile();
  MetricsFile(const MetricsFile&) = delete;
  MetricsFile& operator=(const MetricsFile&) = delete;

  void add(const Record& record);
  void sync();  ///< flushes to the disk; call it before writing the checkpoint of a step

 private:
  std::filesystem::path path_;
  std::FILE* file_;
};

/// The mean of the members' loss and accuracies, row by row. Throws Error(bad_data) if their steps differ.
void write_mean_metrics(const std::filesystem::path& path, const std::vector<std::filesystem::path>& members);

}  // namespace scrawl
