#pragma once

#include <filesystem>

namespace scrawl {

/// An exclusive lock on a file (made if absent), held until destruction or the end of the process.
class FileLock {
 public:
  /// Throws Error(io) if another process holds it.
  explicit FileLock(const std::filesystem::path& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  bool is_at(const std::filesystem::path& path) const;

  int descriptor_ = -1;
};

}  // namespace scrawl
