#include "scrawl/synth.h"

#include "base/files.h"
#include "base/json.h"
#include "data/staged_folder.h"
#include "image/png.h"
#include "synth/make_page.h"

#include <iterator>
#include <string>

#include <nlohmann/json.hpp>

namespace scrawl {
namespace {

nlohmann::ordered_json json_of(const Box& b) { return {b.x, b.y, b.width, b.height}; }

std::string label_line(const std::string& file, const DrawnPage& page) {
  auto lines = nlohmann::ordered_json::array();
  for (const PageLine& line : page.lines) {
    auto digits = nlohmann::ordered_json::array();
    for (const PageDigit& digit : line.digits) {
      nlohmann::ordered_json json = {{"value", digit.value}, {"box", json_of(digit.box)}};
      if (digit.printed) json["printed"] = true;
      digits.push_back(std::move(json));
    }
    lines.push_back({{"text", line.text}, {"box", json_of(line.box)}, {"digits", std::move(digits)}});
  }
  nlohmann::ordered_json json = {{"file", file}, {"kind", to_string(page.kind)}, {"lines", std::move(lines)}};
  if (!page.grids.empty()) {
    auto grids = nlohmann::ordered_json::array();
    for (const PageGrid& grid : page.grids)
      grids.push_back({{"box", json_of(grid.box)},
                       {"rows", grid.cells.size()},
                       {"columns", grid.cells.empty() ? 0 : grid.cells[0].size()},
                       {"cells", grid.cells}});
    json["grids"] = std::move(grids);
  }
  return dump_json(json) + "\n";
}

}  // namespace

void write_pages(const std::filesystem::path& folder, const DrawnPages& what, const DatasetView& digits) {
  check_pages(what, digits);
  const std::vector<Font> fonts = read_fonts(what.fonts);
  const DigitSource source = digit_source(digits, fonts);
  StagedFolder staged(folder);
  std::string labels;
  for (std::size_t i = 0; i < what.count; ++i) {
    std::string name = std::to_string(i) + ".png";
    constexpr std::size_t name_size = std::size("00000.png") - 1;
    if (name.size() < name_size) name.insert(0, name_size - name.size(), '0');
    const DrawnPage page = draw_page(what, i, source);
    write_file(staged.path() / name, encode_png(page.image));
    labels += label_line(name, page);
  }
  write_file(staged.path() / "labels.jsonl", labels);
  staged.commit();
}

}  // namespace scrawl
