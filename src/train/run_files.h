#pragma once

#include "scrawl/run.h"

#include "base/file_lock.h"

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace scrawl {

/// What is drawn from a finished run and kept in its folder: it goes where the run goes.
constexpr std::array<std::string_view, 9> run_picture_files = {
    "curves.svg", "curves.png",  "confusion.svg", "confusion.png", "mistakes.png",
    "digits.png", "weights.png", "classes.txt",   "report.html"};

/// What lies where in the folder of a run.
struct RunFiles {
  explicit RunFiles(const std::filesystem::path& run);
  /// The result first and the recipe last: a half removed run is never taken for a finished one.
  std::vector<std::filesystem::path> in_order_of_removal() const;
  /// The folder of a member, counted from 0, of an ensemble.
  std::filesystem::path member(std::size_t number) const;

  std::filesystem::path folder, recipe, metrics, events, checkpoint, model, result, lock;
};

/// The folder of a run while this process works in it: made where it is not there, and locked.
class RunFolder {
 public:
  /// Throws Error(io), also where another process works in it.
  explicit RunFolder(const RunOptions& options);
  /// Removes what it has made, unless the run has begun.
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  /// The run has begun.
  void keep() { kept_ = true; }
  const RunFiles& files() const { return files_; }

 private:
  bool was_there_;
  RunFiles files_;
  bool had_lock_;
  bool kept_ = false;
  std::optional<FileLock> lock_;
};

/// Throws Error(invalid_argument) if a run that starts here would destroy something.
void check_nothing_is_lost(const RunFiles& files, const RunOptions& options);

/// The run and those of its members. Throws Error(io); where another process trains one of them, before
/// anything is removed.
void remove_run(const RunFiles& files);

/// What a run that was killed while it wrote a file has left: NAME.tmp-..., which nobody else would remove.
/// Only under the folder's lock.
void remove_leftovers(const RunFiles& files);

}  // namespace scrawl
