#include "scrawl/error.h"
#include "scrawl/library.h"

#include "command.h"
#include "command_tree.h"
#include "numbers.h"
#include "output.h"
#include "surroundings.h"
#include "usage_error.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

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
    "             4 a file cannot be found, read or written; 5 nothing answered to a download;\n"
    "             128 + N stopped by signal N, such as 130 by Ctrl-C.";

/// A full disk or a closed pipe behind standard output is trouble like any other.
bool flushed() {
  std::cout.flush();
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.good()) return true;
  print_error("cannot write to standard output");
  return false;
}

/// "4G", "500M" or a number of bytes; refuses what is none, or does not fit 64 bits.
std::string size_in_bytes(std::string& text) {
  constexpr std::array<char, 3> units = {'K', 'M', 'G'};
  std::string_view digits = text;
  std::string problem = "must be a number of bytes from 1 on, such as 500M or 8G, not '" + text + "'";
  unsigned shift = 0;
  if (!digits.empty() && (digits.back() == 'b' || digits.back() == 'B')) digits.remove_suffix(1);
  if (!digits.empty() && digits.back() == 'i') digits.remove_suffix(1);
  for (std::size_t i = 0; i < units.size(); ++i)
    if (!digits.empty() && (digits.back() & ~0x20) == units[i]) {
      shift = static_cast<unsigned>(10 * (i + 1));
      digits.remove_suffix(1);
      break;
    }
  std::uint64_t value = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (status != std::errc{} || end != digits.data() + digits.size() || value == 0 ||
      value > std::numeric_limits<std::uint64_t>::max() >> shift)
    return problem;
  text = std::to_string(value << shift);
  return "";
}

void add_unpack_limits(CLI::App& app) {
  app.add_option("--unpack-limit")
      ->description("What a compressed file may unfold to, at most, such as 500M (default: 4G)")
      ->transform(CLI::Validator(size_in_bytes, ""))
      ->type_name("BYTES");
  app.add_option("--unpack-ratio")
      ->description("How many times larger it may become, above 16 MiB (default: 250)")
      ->check(whole_number(1, std::numeric_limits<std::uint64_t>::max()))
      ->type_name("N");
}

}  // namespace

namespace scrawl::tool {

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

UnpackLimits unpack_limits(const CLI::App& root) {
  UnpackLimits limits;
  if (const auto* option = root.get_option("--unpack-limit"); option->count() > 0)
    limits.most_bytes = option->as<std::uint64_t>();
  if (const auto* option = root.get_option("--unpack-ratio"); option->count() > 0)
    limits.most_ratio = option->as<std::uint64_t>();
  return limits;
}

}  // namespace scrawl::tool

namespace {

/// What the words say. Throws Error, and what the standard library throws.
int run(int argc, char** argv) {
  CLI::App app("scrawl reads handwritten digits, and trains the networks that do.");
  app.name("scrawl");
  app.set_version_flag("--version", std::string("scrawl ") + version());
  app.footer(footer);
  app.get_formatter()->column_width(34);
  app.fallthrough();  // these may stand behind the command too
  add_unpack_limits(app);
  int status = success;
  // In the order in which they are met: use, data, training, models, and the rest.
  add_read(app, status);
  add_data(app, status);
  add_show(app, status);
  add_train(app, status);
  add_evaluate(app, status);
  add_report(app, status);
  add_info(app, status);
  add_import(app, status);
  add_export(app, status);
  add_join(app, status);
  add_gradcheck(app, status);
  add_completion(app, status);
  app.require_subcommand(1);
  std::vector<std::string> words;
  try {
    words = words_to_parse(app, argc, argv);
    app.parse(std::vector<std::string>(words));
    return flushed() ? status : system_trouble;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help and --version
      app.exit(error);
      return flushed() ? success : system_trouble;
    }
    const UsageError explained = explain(app, error, words);
    print_error(explained.problem);
    print_message(explained.help);
    return wrong_usage;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (!secure_standard_streams()) return system_trouble;
  ignore_file_size_signal();
  clean_up_on_signals();
  try {
    return run(argc, argv);
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
