#pragma once

#include "scrawl/run.h"

#include "base/file_lock.h"

#include <optional>

namespace scrawl {

/// The files that are drawn from a run, in its folder.
namespace run_picture {
constexpr const char* curves_svg = "curves.svg";
constexpr const char* curves_png = "curves.png";
constexpr const char* confusion_svg = "confusion.svg";
constexpr const char* confusion_png = "confusion.png";
constexpr const char* digits = "digits.png";
constexpr const char* mistakes = "mistakes.png";
constexpr const char* weights = "weights.png";
constexpr const char* classes = "classes.txt";
}  // namespace run_picture

/// The folder of a run while this process works in it: made where it is not there, and locked.
class LockedRunFolder {
 public:
  /// Throws Error(io), also where another process works in it.
  explicit LockedRunFolder(const RunOptions& options);
  /// Removes what it has made, unless the run has begun.
  ~LockedRunFolder();
  LockedRunFolder(const LockedRunFolder&) = delete;
  LockedRunFolder& operator=(const LockedRunFolder&) = delete;

  /// The run has begun.
  void keep() { kept_ = true; }
  const RunFolder& folder() const { return folder_; }

 private:
  bool was_there_;
  RunFolder folder_;
  bool had_lock_;
  bool kept_ = false;
  std::optional<FileLock> lock_;
};

/// Throws Error(invalid_argument) if a run that starts here would destroy something.
void check_nothing_is_lost(const RunFolder& run, const RunOptions& options);

/// The run and those of its members. Throws Error(io); where another process trains one of them, before
/// anything is removed.
void remove_run(const RunFolder& run);

/// What a run that was killed while it wrote a file has left: NAME.tmp-..., which nobody else would remove.
/// Only under the folder's lock.
void remove_leftovers(const RunFolder& run);

}  // namespace scrawl
