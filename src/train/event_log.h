#pragma once

#include "scrawl/arrays.h"
#include "scrawl/trainer.h"

#include "formats/tensorboard.h"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

namespace scrawl {

/// A run's log for TensorBoard: the values of metrics.csv as scalars (loss, learning_rate, epoch,
/// accuracy/batch, accuracy/train, ...), and images. Of records without an evaluated accuracy, it has only
/// the first in each thousandth of the run and the last. Resumed runs log the same, except for the wall time.
class EventLog {
 public:
  /// Keeps the events of an earlier file up to step `last_step` of `steps`, and removes later and incomplete
  /// ones; 0 starts a new file. `last_row` is the last recorded step up to `last_step`. Throws
  /// Error(bad_data) if events up to that step are damaged or missing.
  EventLog(const std::filesystem::path& path, std::uint64_t last_step, std::uint64_t steps,
           std::uint64_t last_row = 0);

  bool is_new() const { return is_new_; }  ///< whether no events were kept
  void add(const Record& record);
  void add_image(const std::string& tag, std::uint64_t step, const GreyImage& image);
  void sync();  ///< flushes to the disk; call it before writing the checkpoint of a step

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  std::uint64_t part_of(std::uint64_t step) const;
  void write(Event event);
  [[noreturn]] void fail(const char* doing) const;

  std::filesystem::path path_;
  std::uint64_t steps_;
  std::uint64_t last_part_ = 0;
  bool is_new_ = true;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace scrawl
