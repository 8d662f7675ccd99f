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

/// TensorBoard's view of a run: what metrics.csv holds as scalars (loss, learning_rate, epoch,
/// accuracy/batch, accuracy/train, ...), and images. Grows while the run goes on.
///
/// A run may have millions of rows. Of the records without an evaluated accuracy only the first in each
/// thousandth of the run is logged, and the last of all: which ones is a function of the steps alone, so that
/// a resumed run logs the same. All that differs between two runs of a recipe is the wall time.
class EventLog {
 public:
  /// For a run of `steps` steps. Keeps the events of an earlier file up to step `last_step` and goes on
  /// after them; cuts off the others and what a crash has left half written. Begins a new file for last_step
  /// 0. `last_row` is the last step up to `last_step` that was recorded. Throws Error(bad_data) where events
  /// up to that step are damaged or missing.
  EventLog(const std::filesystem::path& path, std::uint64_t last_step, std::uint64_t steps,
           std::uint64_t last_row = 0);

  /// Whether nothing was kept, not even the images of the start.
  bool is_new() const { return is_new_; }
  void add(const Record& record);
  void add_image(const std::string& tag, std::uint64_t step, const GreyImage& image);
  /// Puts all events on the disk. A checkpoint of a step may be written only after this.
  void sync();

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
