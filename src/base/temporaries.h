#pragma once

#include "scrawl/error.h"

#include "base/file_system.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include <sys/types.h>

namespace scrawl {

/// What clean_up_on_signals must not leave behind, for as long as this object lives: a file or a folder with
/// all that it holds. There is room for a few dozen at a time; what is beyond stays after a signal.
class Temporary {
 public:
  enum class Kind { whole, only_if_empty };
  explicit Temporary(std::string path, Kind kind = Kind::whole);
  ~Temporary();
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

 private:
  std::string path_;  // read by the signal handler while slot_ is taken
  std::size_t slot_;
};

/// The same for a program that was started as the leader of a process group of its own.
class RunningProgram {
 public:
  explicit RunningProgram(pid_t group);
  ~RunningProgram();
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

 private:
  std::size_t slot_;
};

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
