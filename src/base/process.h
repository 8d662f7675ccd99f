#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace scrawl {

struct ProcessResult {
  int exit_code = 0;   ///< 128 + N when signal N ended the program; 127 when it could not be started
  std::string output;  ///< the end of what it wrote to stdout and stderr, at most 64 KiB
};

/// Runs a program found on PATH (no shell) in `folder`, without standard input, and waits for it. It has a
/// process group of its own: clean_up_on_signals ends it and what it has started.
ProcessResult run_process(const std::vector<std::string>& arguments,
                          const std::filesystem::path& folder = ".");

}  // namespace scrawl
