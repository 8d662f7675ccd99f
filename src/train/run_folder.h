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

/// The folder of a run, created if missing, and locked while this process works in it.
class LockedRunFolder {
 public:
  explicit LockedRunFolder(const RunOptions& options);  ///< throws Error(io), also if it is locked
  ~LockedRunFolder();  ///< removes what the constructor created, unless keep() was called
  LockedRunFolder(const LockedRunFolder&) = delete;
  LockedRunFolder& operator=(const LockedRunFolder&) = delete;

  void keep() { kept_ = true; }
  const RunFolder& folder() const { return folder_; }

 private:
  bool was_there_;
  RunFolder folder_;
  bool had_lock_;
  bool kept_ = false;
  std::optional<FileLock> lock_;
};

/// Throws Error(invalid_argument) if a run that starts here would overwrite another.
void check_nothing_is_lost(const RunFolder& run, const RunOptions& options);

/// Removes the run and its members. Throws Error(io), before removing anything if another process trains one.
void remove_run(const RunFolder& run);

/// Removes the incomplete files (NAME.tmp-...) of a killed run. REQUIRES the folder's lock.
void remove_leftovers(const RunFolder& run);

}  // namespace scrawl
