#pragma once

#include "scrawl/error.h"
#include "scrawl/library.h"

#include <CLI/CLI.hpp>

/// Each subcommand has a file with one function that adds it to the command line.
namespace scrawl::tool {

/// Exit statuses, documented in the footer of `scrawl --help`.
enum ExitStatus : int {
  success = 0,
  check_failed = 1,
  wrong_usage = 2,
  bad_input = 3,
  system_trouble = 4,
  nothing_fetched = 5,
  stopped = 128,  ///< plus the number of the signal
};

/// The exit status that an Error of this code stands for.
int status_of(ErrorCode code);

/// The limits that --unpack-limit and --unpack-ratio set.
UnpackLimits unpack_limits(const CLI::App& root);

void add_data(CLI::App& app, int& status);
void add_train(CLI::App& app, int& status);
void add_evaluate(CLI::App& app, int& status);
void add_export(CLI::App& app, int& status);
void add_gradcheck(CLI::App& app, int& status);
void add_import(CLI::App& app, int& status);
void add_info(CLI::App& app, int& status);
void add_join(CLI::App& app, int& status);
void add_read(CLI::App& app, int& status);
void add_report(CLI::App& app, int& status);
void add_show(CLI::App& app, int& status);
void add_completion(CLI::App& app, int& status);

}  // namespace scrawl::tool
