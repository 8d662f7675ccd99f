#include "synth/make_page.h"

#include "scrawl/error.h"

#include "base/text.h"
#include "synth/page_camera.h"
#include "synth/page_paper.h"
#include "synth/page_plan.h"

#include <algorithm>
#include <array>
#include <utility>

namespace scrawl {
namespace {

// Apart from those of draw_digits, so that the two share no random numbers.
constexpr std::uint32_t kind_page = 2;

constexpr std::array page_kind_names = std::to_array<std::string_view>(
    {"plain", "lined", "squared", "boxed", "table", "form", "sudoku", "none"});

Box around(const Box& a, const Box& b) {
  const std::size_t x = std::min(a.x, b.x);
  const std::size_t y = std::min(a.y, b.y);
  return {.x = x,
          .y = y,
          .width = std::max(a.x + a.width, b.x + b.width) - x,
          .height = std::max(a.y + a.height, b.y + b.height) - y};
}

PageLine line_of(const std::vector<InkedDigit>& digits, const PageCamera& camera) {
  PageLine line;
  for (const InkedDigit& digit : digits) {
    const Box extent = box_in_picture(camera, digit.ink);
    line.box = line.digits.empty() ? extent : around(line.box, extent);
    line.text += digit.value;
    line.digits.push_back({.value = std::string(1, digit.value), .box = extent, .printed = digit.printed});
  }
  return line;
}

}  // namespace

std::string_view to_string(PageKind kind) { return page_kind_names[static_cast<std::size_t>(kind)]; }

PageKind parse_page_kind(std::string_view text) {
  const auto found = std::find(page_kind_names.begin(), page_kind_names.end(), text);
  if (found == page_kind_names.end())
    throw Error(ErrorCode::invalid_argument,
                "unknown kind of page '" + printable(text) + "'" + suggestion(text, page_kind_names));
  return static_cast<PageKind>(found - page_kind_names.begin());
}

std::vector<Font> read_fonts(std::span<const std::filesystem::path> files) {
  std::vector<Font> fonts;
  fonts.reserve(files.size());
  for (const auto& file : files) fonts.emplace_back(file);
  return fonts;
}

void check_pages(const DrawnPages& what, const DatasetView& digits) {
  if (!(what.touching >= 0 && what.touching <= 1))
    throw Error(ErrorCode::invalid_argument,
                "the share of touching neighbours must be from 0 to 1, not " + shortest(what.touching));
  constexpr std::size_t side = 28;
  if (digits.size() > 0 &&
      (digits.shape.channels != 1 || digits.shape.height != side || digits.shape.width != side))
    throw Error(ErrorCode::invalid_argument,
                "pages are written with digits of 28x28, not of " + to_string(digits.shape));
}

DrawnPage draw_page(const DrawnPages& what, std::size_t number, const DigitSource& source) {
  static constexpr std::array all = {PageKind::plain, PageKind::lined, PageKind::squared, PageKind::boxed,
                                     PageKind::table, PageKind::form,  PageKind::sudoku,  PageKind::none};
  const std::span<const PageKind> kinds = what.kinds.empty() ? std::span<const PageKind>(all) : what.kinds;
  Chance chance(what.seed, kind_page, static_cast<std::uint32_t>(number));
  const PagePlan plan = plan_page(kinds[number % kinds.size()], !source.fonts.empty(), chance);
  PageLayers layers = lay_paper(plan, chance);
  print_paper(layers, plan, source.fonts, chance);
  const Hand hand = draw_hand(what.touching, chance);
  std::vector<std::vector<InkedDigit>> written;
  for (const auto& numbers : plan.lines) {
    auto& line = written.emplace_back();
    for (const PageNumber& one : numbers)
      for (auto& digit : write_number(one.printed ? layers.print : layers.pen, one, hand, source, chance))
        line.push_back(std::move(digit));
  }
  for (const PageNumber& word : plan.words) write_word(layers.pen, word, hand, chance);
  const float scribble = chance.from(1, 3);
  for (const Polyline& line : plan.scribbles) layers.pen.stroke(line, scribble);
  const PageCamera camera = draw_camera(layers.pen.width(), layers.pen.height(), chance);
  DrawnPage page{.kind = plan.kind, .image = take_picture(camera, layers, chance)};
  for (const auto& line : written) page.lines.push_back(line_of(line, camera));
  for (const PlannedGrid& grid : plan.grids) {
    const std::array corners = {grid.upper_left, PenPoint{grid.lower_right.x, grid.upper_left.y},
                                grid.lower_right, PenPoint{grid.upper_left.x, grid.lower_right.y}};
    page.grids.push_back({.box = box_in_picture(camera, corners), .cells = grid.cells});
  }
  return page;
}

DrawnPage make_page(const DrawnPages& what, std::size_t number, const DatasetView& digits) {
  check_pages(what, digits);
  const std::vector<Font> fonts = read_fonts(what.fonts);
  return draw_page(what, number, digit_source(digits, fonts));
}

}  // namespace scrawl
