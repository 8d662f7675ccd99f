#pragma once

#include "scrawl/trainer.h"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

namespace scrawl {

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
