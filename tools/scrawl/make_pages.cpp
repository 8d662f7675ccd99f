#include "scrawl/data_files.h"
#include "scrawl/error.h"
#include "scrawl/synth.h"

#include "base/file_system.h"
#include "base/text.h"
#include "command.h"
#include "numbers.h"
#include "output.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scrawl::tool {
namespace {

// In place of a data set: digits are written from strokes alone, which needs no files.
constexpr const char* strokes = "strokes";

struct PageArguments {
  DrawnPages what;
  std::vector<std::string> kinds;
  std::string digits = "mnist:test";
  std::filesystem::path out;
  bool json = false;
};

/// "mnist:train" is a part of mnist; without a part it is the test images.
Dataset load_digits(const std::string& source, const UnpackLimits& limits) {
  if (source == strokes) return {};
  std::string name = source;
  Part part = Part::test;
  for (const Part one : {Part::train, Part::validation, Part::test}) {
    const std::string ending = ":" + std::string(to_string(one));
    if (!name.ends_with(ending)) continue;
    name.resize(name.size() - ending.size());
    part = one;
    break;
  }
  Dataset data = load_data(name, part, {.limits = limits});
  const auto names = names_of_classes(data);
  for (std::size_t digit = 0; digit < 10; ++digit)
    if (digit >= names.size() || names[digit] != std::to_string(digit))
      throw Error(ErrorCode::invalid_argument,
                  "--digits: its first ten classes must be the digits 0 to 9; give another data set, or "
                  "--digits strokes",
                  name);
  return data;
}

int make_pages(PageArguments& arguments, const UnpackLimits& limits) {
  for (const auto& kind : arguments.kinds) arguments.what.kinds.push_back(parse_page_kind(kind));
  // Before any digits are read, which may take long.
  if (is_folder(arguments.out) ? !list_folder(arguments.out).empty() : file_exists(arguments.out))
    throw Error(ErrorCode::invalid_argument, "is not an empty folder; give --out another name",
                arguments.out.string());
  const Dataset digits = load_digits(arguments.digits, limits);
  write_pages(arguments.out, arguments.what, digits.view());
  if (arguments.json)
    print_json({{"written", arguments.out.string()},
                {"pages", arguments.what.count},
                {"seed", arguments.what.seed},
                {"digits", arguments.digits}});
  else
    print_line(fmt::format("{}: {} {} and labels.jsonl written", arguments.out.string(),
                           grouped(arguments.what.count), plural(arguments.what.count, "page")));
  return success;
}

}  // namespace

void add_make_pages(CommandLine& line) {
  auto arguments = std::make_shared<PageArguments>();
  auto* command = line.add(
      line.app, "make-pages", "Make pictures of written pages whose content is known",
      {.notes =
           "Writes DIR/00000.png and so on, and DIR/labels.jsonl: for each picture its lines and digits\n"
           "with their boxes, and its tables. Pages differ in paper, pen, light and camera. The kind none\n"
           "has no digits: empty, ruled or scribbled paper, and letters.\n",
       .examples = "  scrawl make-pages --out pages --count 100\n"
                   "  scrawl make-pages --out forms --kind form --kind table --fonts DejaVuSans.ttf\n"
                   "  scrawl make-pages --out seen --digits mnist:train --touching 0.4\n"});
  add_value(command, "-o,--out", "DIR", arguments->out, "The folder to write, empty or new")->required();
  add_value(command, "--count", "N", arguments->what.count, "How many pages (default: 10)")
      ->check(whole_number(1, 100'000));
  add_value(command, "--seed", "N", arguments->what.seed, "Another seed makes others (default: 1)")
      ->check(whole_number(0, 9223372036854775807));
  add_value(command, "--kind", "KIND", arguments->kinds,
            "plain, lined, squared, boxed, table, form, sudoku or none (repeatable; default: all in turn)");
  add_value(command, "--digits", "DIGITS", arguments->digits,
            "A data set, or its part as DATA:PART (default: mnist:test); strokes for drawn digits alone");
  add_value(command, "--fonts", "FILE", arguments->what.fonts,
            "TrueType or OpenType files for printed labels and digits (default: nothing is printed)");
  add_value(command, "--touching", "SHARE", arguments->what.touching,
            "The share of neighbours that touch, from 0 to 1 (default: 0.2)")
      ->check(number(0, 1));
  command->add_flag("--json", arguments->json, json_help);
  command->callback([arguments, &line] { line.status = make_pages(*arguments, line.limits()); });
}

}  // namespace scrawl::tool
