#pragma once

#include "base/file_system.h"
#include "base/temporaries.h"

#include <filesystem>
#include <optional>
#include <string>

namespace scrawl {

/// A new, empty folder for temporary files, removed with all that it holds at the end, and by
/// clean_up_on_signals. Throws Error(io) where there is no place for one.
class TemporaryFolder {
 public:
  /// The folder's name begins with `prefix`.
  explicit TemporaryFolder(const std::filesystem::path& place = temporary_place(),
                           const std::string& prefix = "scrawl-");
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::optional<Temporary> temporary_;
};

}  // namespace scrawl
