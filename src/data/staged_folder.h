#pragma once

#include "base/temporaries.h"

#include <filesystem>
#include <optional>

namespace scrawl {

/// A folder whose content appears when all of it is written: until commit() it grows in FOLDER/.unfinished,
/// which is removed without commit(), after an exception or a signal, or by the next process after a kill.
class StagedFolder {
 public:
  /// Throws Error(invalid_argument) if the folder is not empty, Error(io) if another process is filling it.
  explicit StagedFolder(std::filesystem::path folder);
  ~StagedFolder();
  StagedFolder(const StagedFolder&) = delete;
  StagedFolder& operator=(const StagedFolder&) = delete;

  /// Where to write.
  const std::filesystem::path& path() const { return staging_; }
  /// Call once, last. (Files are not synced here; after a power failure, reading tells damaged ones.)
  void commit();

 private:
  std::filesystem::path folder_;
  std::filesystem::path staging_;
  bool is_new_ = false;
  int lock_ = -1;
  std::optional<Temporary> made_folder_;
  std::optional<Temporary> empty_staging_;
  std::optional<Temporary> made_staging_;
};

}  // namespace scrawl
