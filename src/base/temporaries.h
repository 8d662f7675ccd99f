#pragma once

#include "scrawl/library.h"

#include <cstddef>
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

}  // namespace scrawl
