#include "read_output.h"

#include "draw.h"
#include "judged_images.h"
#include "numbers.h"
#include "output.h"

#include <cstddef>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace scrawl::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t bar_width = 40;

Json box_json(const Box& box) { return {box.x, box.y, box.width, box.height}; }

Json digit_json(const Digit& digit) {
  Json alternatives = Json::array();
  for (const auto& other : digit.alternatives)
    alternatives.push_back({{"value", other.value}, {"confidence", other.confidence}});
  return {{"value", digit.value},
          {"confidence", digit.confidence},
          {"box", box_json(digit.box)},
          {"alternatives", alternatives}};
}

void print_digit(const Digit& digit, const std::vector<std::string>& classes, bool show) {
  if (show) {
    print_line("");
    for (const auto& line :
         draw(digit.image.pixels, {.height = digit.image.height, .width = digit.image.width},
              terminal_shades()))
      print_line(Text::raw("  " + line));
    print_line("");
  }
  const auto names = printable_names(classes);
  const std::size_t width = widest(names, 0);
  for (std::size_t c = 0; c < names.size(); ++c) {
    const double probability = digit.probabilities[c];
    const std::string row = fmt::format("  {:>{}}  {:>8}  {}", names[c], width, percent(probability),
                                        bar(probability, bar_width));
    const std::string line = row.substr(0, row.find_last_not_of(' ') + 1);
    print_line(classes[c] == digit.value ? bold(line) : Text(line));
  }
}

}  // namespace

Json reading_json(const std::string& file, const Reading& reading) {
  Json lines = Json::array();
  Json probabilities = Json::array();
  for (const auto& line : reading.lines) {
    Json digits = Json::array();
    for (const auto& digit : line.digits) digits.push_back(digit_json(digit));
    lines.push_back({{"text", line.text},
                     {"confidence", line.confidence},
                     {"box", box_json(line.box)},
                     {"digits", digits}});
  }
  Json refused = Json::array();
  for (const auto& mark : reading.refused) refused.push_back(digit_json(mark));
  Json grids = Json::array();
  for (const auto& grid : reading.grids)
    grids.push_back({{"rows", grid.cells.size()},
                     {"columns", grid.cells.empty() ? 0 : grid.cells[0].size()},
                     {"box", box_json(grid.box)},
                     {"cells", grid.cells}});
  // Of a picture with a single mark.
  if (reading.lines.size() == 1 && reading.lines[0].digits.size() == 1)
    probabilities = reading.lines[0].digits[0].probabilities;
  else if (reading.lines.empty() && reading.refused.size() == 1)
    probabilities = reading.refused[0].probabilities;
  return {{"file", file},
          {"width", reading.width},
          {"height", reading.height},
          {"rotation", reading.rotation},
          {"lines", lines},
          {"grids", grids},
          {"refused", refused},
          {"probabilities", probabilities},
          {"warnings", reading.warnings}};
}

void print_reading(const std::string& file, const Reading& reading, const std::vector<std::string>& classes,
                   bool show) {
  const std::string name = printable(file, 400);
  if (reading.lines.empty()) {
    if (reading.refused.size() == 1)
      print_line(fmt::format("{}: not a digit  {}", name, percent(reading.refused[0].confidence)));
    else
      print_line(fmt::format("{}: no digit found", name));
    if (show)
      for (const auto& mark : reading.refused) print_digit(mark, classes, show);
    return;
  }
  const bool is_single = reading.lines.size() == 1 && reading.lines[0].digits.size() == 1;
  for (const auto& line : reading.lines) {
    print_line(format_text("{}: {}  {}", name, bold(line.text), percent(line.confidence)));
    if (is_single || show)
      for (const auto& digit : line.digits) print_digit(digit, classes, show);
  }
}

void print_csv(const Reading& reading) {
  if (reading.grids.empty())
    for (const auto& line : reading.lines) print_line(line.text);
  bool is_first = true;
  for (const auto& grid : reading.grids) {
    if (!std::exchange(is_first, false)) print_line("");
    for (const auto& row : grid.cells) print_line(fmt::format("{}", fmt::join(row, ",")));
  }
}

}  // namespace scrawl::tool
