#pragma once

#include "scrawl/trainer.h"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <vector>

namespace scrawl {

/// A row of metrics.csv; NaN where nothing was measured.
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

/// The rows of a metrics.csv, in the order of their steps. A last row that was cut off is left out. Throws
/// Error(not_found) or Error(io) where it cannot be read, and Error(bad_data) that names the line where it is
/// no such file, or has more than `most` bytes. Takes at most 5 times the file's size of memory besides the
/// file itself.
std::vector<MetricsRow> read_metrics(const std::filesystem::path& path,
                                     std::uint64_t most = std::uint64_t{1} << 28);

/// metrics.csv: a row per record, empty fields where nothing was measured. Grows while the run goes on.
class MetricsFile {
 public:
  /// Keeps the rows of an earlier file up to step `last_row` and goes on after them. Later rows, of which the
  /// last may be cut off, are what a killed process leaves, and are dropped. `last_row` is the last step that
  /// was recorded before the checkpoint which the run goes on from; 0: none, the file begins anew. Throws
  /// Error(bad_data) that names the line where one of the rows to be kept is damaged or missing. A file that
  /// is not there, or has no rows, begins anew too.
  MetricsFile(const std::filesystem::path& path, std::uint64_t last_row);
  ~MetricsFile();
  MetricsFile(const MetricsFile&) = delete;
  MetricsFile& operator=(const MetricsFile&) = delete;

  void add(const Record& record);
  /// Puts all rows on the disk. A checkpoint of a step may be written only after this.
  void sync();

 private:
  std::filesystem::path path_;
  std::FILE* file_;
};

/// The same for an ensemble: row for row the mean of its members' loss and accuracies. Throws Error(bad_data)
/// for files whose rows are not of the same steps.
void write_mean_metrics(const std::filesystem::path& path, const std::vector<std::filesystem::path>& members);

}  // namespace scrawl
