#include "scrawl/error.h"

#include "base/text.h"
#include "command.h"
#include "numbers.h"
#include "output.h"
#include "surroundings.h"
#include "usage_error.h"

#include <array>
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
  const auto value = parse_number<std::uint64_t>(digits).value_or(0);
  if (value == 0 || value > std::numeric_limits<std::uint64_t>::max() >> shift) return problem;
  text = std::to_string(value << shift);
  return "";
}

void add_unpack_limits(CLI::App& app) {
  app.add_option("--unpack-limit")
      ->description("Maximum size of an unpacked file, such as 500M (default: 4G)")
      ->transform(CLI::Validator(size_in_bytes, ""))
      ->type_name("BYTES");
  app.add_option("--unpack-ratio")
      ->description("Maximum ratio of unpacked to packed size, above 16 MiB (default: 250)")
      ->check(whole_number(1, std::numeric_limits<std::uint64_t>::max()))
      ->type_name("N");
}

/// What the words say. Throws Error, and what the standard library throws.
int run(int argc, char** argv) {
  CommandLine line;
  CLI::App& app = line.app;
  app.description("scrawl reads handwritten digits, and trains networks for them.");
  app.name("scrawl");
  app.set_version_flag("--version", std::string("scrawl ") + version());
  line.guides[&app].notes =
      "Results go to standard output, messages to standard error. Colours are used only on a terminal.\n";
  std::string footer = line.guides[&app].notes;
  for (const auto& section : sections) {
    footer += std::string(section.title) + ":";
    for (const char* item : section.items) footer += std::string("\n  ") + item;
    if (&section != &sections.back()) footer += "\n";
  }
  app.footer(footer);
  app.get_formatter()->column_width(34);
  app.fallthrough();  // root options are also accepted after the command
  add_unpack_limits(app);
  // The order of help: use, data, training, models, and the rest.
  add_read(line);
  add_data(line);
  add_make_pages(line);
  add_show(line);
  add_train(line);
  add_evaluate(line);
  add_report(line);
  add_info(line);
  add_import(line);
  add_export(line);
  add_join(line);
  add_calibrate(line);
  add_tune(line);
  add_gradcheck(line);
  add_completion(line);
  app.require_subcommand(1);
  if (argc > 1 && std::string_view(argv[1]) == "__complete") {
    print_text(completions(line, {argv + 2, argv + argc}));
    return success;
  }
  std::vector<std::string> words;
  try {
    words = words_to_parse(app, argc, argv);
    app.parse(std::vector<std::string>(words));
    return flushed() ? line.status : system_trouble;
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
