#include "scrawl/error.h"
#include "scrawl/version.h"

#include "base/text.h"
#include "command.h"
#include "output.h"

#include <array>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace {

using namespace scrawl;
using namespace scrawl::tool;

constexpr const char* footer =
    "Results go to standard output, messages to standard error. Colours only on a terminal, and never with "
    "NO_COLOR.\n"
    "Environment: SCRAWL_TARGET=scalar|avx2|avx3 forces an instruction set (all give the same bits);\n"
    "             XDG_CACHE_HOME says where data sets are kept.\n"
    "Exit status: 0 done; 1 a check failed; 2 wrong usage or recipe; 3 a file is malformed or unsupported;\n"
    "             4 a file cannot be found, read or written; 5 nothing answered to a download; 130 "
    "interrupted.";

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument: return wrong_usage;
    case ErrorCode::bad_data:
    case ErrorCode::unsupported: return bad_input;
    case ErrorCode::not_found:
    case ErrorCode::io: return system_trouble;
    case ErrorCode::download: return nothing_fetched;
  }
  return system_trouble;
}

/// A full disk or a closed pipe behind standard output is trouble like any other.
bool flushed() {
  std::cout.flush();
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.good()) return true;
  print_error("cannot write to standard output");
  return false;
}

/// CLI11 answers an unknown word with a bare list of what was not expected; name the nearest command instead.
std::string unknown_command(int argc, char** argv) {
  static constexpr std::array<std::string_view, 7> commands = {"data",      "train",  "evaluate", "export",
                                                               "gradcheck", "import", "info"};
  if (argc < 2 || argv[1][0] == '-') return "";
  for (const auto command : commands)
    if (command == argv[1]) return "";
  return "unknown command '" + std::string(argv[1]) + "'" + suggestion(argv[1], commands);
}

void add_unpack_limits(CLI::App& app) {
  app.add_option("--unpack-limit", "What a compressed file may unfold to, at most (default: 4G)")
      ->transform(CLI::AsSizeValue(false))
      ->default_val(UnpackLimits().most_bytes)
      ->type_name("BYTES");
  app.add_option("--unpack-ratio", "How many times larger it may become, above 16 MiB (default: 250)")
      ->check(CLI::PositiveNumber)
      ->default_val(UnpackLimits().most_ratio)
      ->type_name("N");
}

}  // namespace

namespace scrawl::tool {

UnpackLimits unpack_limits(const CLI::App& root) {
  return {.most_bytes = root.get_option("--unpack-limit")->as<std::uint64_t>(),
          .most_ratio = root.get_option("--unpack-ratio")->as<std::uint64_t>()};
}

}  // namespace scrawl::tool

int main(int argc, char** argv) {
  CLI::App app("scrawl reads handwritten digits, and trains the networks that do.");
  app.name("scrawl");
  app.set_version_flag("--version", std::string("scrawl ") + version());
  app.footer(footer);
  app.get_formatter()->column_width(34);
  app.fallthrough();  // these may stand behind the command too
  add_unpack_limits(app);
  int status = success;
  add_data(app, status);
  add_train(app, status);
  add_evaluate(app, status);
  add_export(app, status);
  add_gradcheck(app, status);
  add_import(app, status);
  add_info(app, status);
  app.require_subcommand(1);
  try {
    app.parse(argc, argv);
    return flushed() ? status : system_trouble;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help and --version
      app.exit(error);
      return flushed() ? success : system_trouble;
    }
    const std::string unknown = unknown_command(argc, argv);
    print_error(unknown.empty() ? error.what() : unknown);
    print_message("scrawl --help lists the commands, scrawl COMMAND --help their options");
    return wrong_usage;
  } catch (const Error& error) {
    print_error(error.what());
    return status_of(error.code());
  } catch (const std::bad_alloc&) {
    print_error("not enough memory");
    return system_trouble;
  } catch (const std::exception& error) {
    print_error(error.what());
    return system_trouble;
  }
}
