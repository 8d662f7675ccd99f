#pragma once

#include "base/files.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scrawl {

/// A picture that the program gnuplot draws.
struct Plot {
  std::string title;     ///< what it shows, for whoever cannot see it
  std::size_t width;     ///< in CSS pixels, ...
  std::size_t height;    ///< ... of which the PNG file has two for one
  std::string data;      ///< named blocks of numbers (see gnuplot_block), used by all commands
  std::string commands;  ///< in colours of palette.h
  bool png = true;       ///< besides SVG
};

struct DrawnPlot {
  std::string svg;
  Bytes png;  ///< empty where none was asked for
};

/// Draws all plots with one gnuplot process. A style in the SVG files adapts them to dark pages. Equal plots
/// give equal files on one machine. Throws Error(not_found) if gnuplot is not installed, Error(io) if it
/// fails.
std::vector<DrawnPlot> draw_plots(std::span<const Plot> plots);

/// Any text as a string constant in commands, without control characters and cut to `most` bytes.
std::string gnuplot_text(std::string_view text, std::size_t most = 40);

/// "$NAME << EOD ... EOD": numbers for Plot::data. Rows end with a line end; "" gives an empty block.
std::string gnuplot_block(std::string_view name, std::string_view rows);

}  // namespace scrawl
