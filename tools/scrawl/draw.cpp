#include "draw.h"

#include "base/environment.h"
#include "base/text.h"
#include "output.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string_view>

#include <fmt/format.h>
#include <sys/ioctl.h>

namespace scrawl::tool {
namespace {

constexpr std::string_view gap = "  ";
constexpr std::size_t widest_terminal = 10000;
constexpr std::string_view ramp = " .:-=+*#%@";
constexpr std::string_view upper_half_block = "\xe2\x96\x80";

std::size_t pixels_per_column(const Shape& shape, std::size_t most_columns) {
  return (shape.width + most_columns - 1) / most_columns;
}

/// Grey values from 0 to 255 of a picture that may have been made smaller.
class Picture {
 public:
  Picture(std::span<const std::uint8_t> image, const Shape& shape, std::size_t most_columns)
      : image_(image), shape_(shape), step_(pixels_per_column(shape, most_columns)) {
    assert(image.size() == shape.size());
  }
  std::size_t rows() const { return (shape_.height + step_ - 1) / step_; }
  std::size_t columns() const { return (shape_.width + step_ - 1) / step_; }

  /// The mean of all channels over a square of pixels; 0 below the picture.
  double grey(std::size_t row, std::size_t column) const {
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t c = 0; c < shape_.channels; ++c)
      for (std::size_t y = row * step_; y < std::min((row + 1) * step_, shape_.height); ++y)
        for (std::size_t x = column * step_; x < std::min((column + 1) * step_, shape_.width); ++x, ++count)
          sum += image_[(c * shape_.height + y) * shape_.width + x];
    return count > 0 ? sum / static_cast<double>(count) : 0;
  }

 private:
  std::span<const std::uint8_t> image_;
  Shape shape_;
  std::size_t step_;  // pixels along each side of what becomes one
};

/// The nearest of the 24 greys that follow the colour cube among a terminal's 256 colours.
int terminal_grey(double grey) { return 232 + static_cast<int>(std::lround(grey / 255 * 23)); }

char shade(double grey) {
  return ramp[static_cast<std::size_t>(std::lround(grey / 255 * static_cast<double>(ramp.size() - 1)))];
}

/// Without what does not fit into so many columns; whole characters of UTF-8.
std::string cut_to(std::size_t columns, std::string text) {
  while (columns_of(text) > columns) {
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) text.pop_back();
    if (!text.empty()) text.pop_back();
  }
  return text;
}

}  // namespace

Shades terminal_shades() {
  if (!wants_colour(stdout)) return Shades::ascii;
  for (const char* variable : {"LC_ALL", "LC_CTYPE", "LANG"}) {  // the first that is set decides
    const auto locale = environment(variable);
    if (!locale) continue;
    for (const std::string_view utf8 : {"UTF-8", "utf-8", "UTF8", "utf8"})
      if (locale->find(utf8) != std::string::npos) return Shades::blocks;
    return Shades::ascii;
  }
  return Shades::ascii;
}

std::vector<std::string> draw(std::span<const std::uint8_t> image, const Shape& shape, Shades shades,
                              std::size_t most_columns) {
  const Picture picture(image, shape, most_columns);
  std::vector<std::string> lines;
  for (std::size_t row = 0; row < picture.rows(); row += 2) {
    std::string line;
    for (std::size_t column = 0; column < picture.columns(); ++column) {
      const double upper = picture.grey(row, column);
      const double lower = picture.grey(row + 1, column);
      if (shades == Shades::blocks)
        line += fmt::format("\033[38;5;{};48;5;{}m{}", terminal_grey(upper), terminal_grey(lower),
                            upper_half_block);
      else
        line += shade(picture.rows() == 1 ? upper : (upper + lower) / 2);
    }
    if (shades == Shades::blocks) line += "\033[0m";
    lines.push_back(line);
  }
  return lines;
}

std::size_t drawn_columns(const Shape& shape, std::size_t most_columns) {
  const std::size_t step = pixels_per_column(shape, most_columns);
  return (shape.width + step - 1) / step;
}

std::vector<std::string> side_by_side(std::span<const Piece> pieces, std::size_t columns) {
  if (pieces.empty()) return {};
  std::vector<std::string> rows(pieces[0].lines.size() + 1);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const bool last = i + 1 == pieces.size();
    const std::string caption = cut_to(columns, pieces[i].caption);
    rows[0] += (pieces[i].marked ? standing_out(caption) : bold(caption)).bytes();
    if (!last) rows[0] += std::string(columns - columns_of(caption), ' ').append(gap);
    for (std::size_t row = 1; row < rows.size(); ++row) {
      rows[row] += pieces[i].lines[row - 1];
      if (!last) rows[row] += gap;
    }
  }
  for (auto& row : rows) row.erase(row.find_last_not_of(' ') + 1);
  return rows;
}

std::size_t terminal_columns() {
  if (const auto text = environment("COLUMNS")) {
    const auto columns = parse_number<std::size_t>(*text).value_or(0);
    if (columns > 0) return std::min(columns, widest_terminal);
  }
  winsize size = {};
  if (::ioctl(::fileno(stdout), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return std::min<std::size_t>(size.ws_col, widest_terminal);
  return 80;
}

std::string bar(double fraction, std::size_t width) {
  if (!(fraction > 0 && fraction <= 1)) return "";
  return std::string(static_cast<std::size_t>(std::lround(fraction * static_cast<double>(width))), '#');
}

}  // namespace scrawl::tool
