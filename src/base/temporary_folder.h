#pragma once

#include <filesystem>

namespace scrawl {

/// A new, empty folder for temporary files (in TMPDIR), removed with all that it holds at the end. Throws
/// Error(io) where there is no place for one.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace scrawl
