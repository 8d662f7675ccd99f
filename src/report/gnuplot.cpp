#include "report/gnuplot.h"

#include "scrawl/error.h"

#include "base/process.h"
#include "base/temporaries.h"
#include "base/text.h"
#include "report/html.h"
#include "report/palette.h"

#include <fmt/format.h>

namespace scrawl {
namespace {

std::string script_of(const Plot& plot, std::size_t number) {
  // Names of files are ours; no text of a user's stands outside gnuplot_text().
  std::string script = plot.data;
  script += fmt::format(
      "reset\nset terminal svg size {},{} fixed noenhanced rounded font 'sans-serif,13'\n"
      "set output '{}.svg'\n{}unset output\n",
      plot.width, plot.height, number, plot.commands);
  if (plot.png)
    script += fmt::format(
        "reset\nset terminal pngcairo size {},{} noenhanced rounded font 'sans-serif,10' fontscale 2 "
        "linewidth 2 pointscale 2 background rgb '#ffffff'\nset output '{}.png'\n{}unset output\n",
        2 * plot.width, 2 * plot.height, number, plot.commands);
  return script;
}

/// gnuplot's SVG file with `title`, and with a style for readers who prefer dark pages. Without pointer
/// events, titles of single curves do not pop up.
std::string titled_svg(std::string svg, std::string_view title) {
  constexpr std::string_view own_title = "<title>Gnuplot</title>";
  if (const auto at = svg.find(own_title); at != std::string::npos)
    svg.replace(at, own_title.size(),
                fmt::format("<title>{}</title>\n<style>svg{{pointer-events:none}}\n"
                            "@media (prefers-color-scheme: dark) {{svg{{filter:{}}}}}</style>",
                            markup_text(title), page_colour::dark_page_filter));
  return svg;
}

/// gnuplot does not notice that a disk is full.
void check_whole(const DrawnPlot& plot, bool with_png) {
  const auto ends_with = [](std::string_view text, std::string_view end) {
    return trimmed(text).ends_with(end);
  };
  const std::string_view png(reinterpret_cast<const char*>(plot.png.data()), plot.png.size());
  if (ends_with(plot.svg, "</svg>") && (!with_png || ends_with(png, "IEND\xae\x42\x60\x82"))) return;
  throw Error(ErrorCode::io,
              "has left a picture unfinished; make room where temporary files are kept, or set TMPDIR to "
              "another folder",
              "gnuplot");
}

}  // namespace

std::vector<DrawnPlot> draw_plots(std::span<const Plot> plots) {
  if (plots.empty()) return {};
  const TemporaryFolder folder;
  std::string script = "set encoding utf8\n";
  for (std::size_t i = 0; i < plots.size(); ++i) script += script_of(plots[i], i);
  write_file(folder.path() / "plots.gp", script);
  // Without the user's own settings.
  const ProcessResult result = run_process({"gnuplot", "--default-settings", "plots.gp"}, folder.path());
  if (result.exit_code == 127)
    throw Error(
        ErrorCode::not_found,
        "the program that draws curves and confusion matrices is not installed; on Debian and Ubuntu: "
        "apt install gnuplot-nox",
        "gnuplot");
  if (result.exit_code != 0)
    throw Error(ErrorCode::io,
                fmt::format("ended with status {}; try another version (5.4 works). It says: {}",
                            result.exit_code, printable(trimmed(result.output), 400)),
                "gnuplot");
  std::vector<DrawnPlot> drawn;
  drawn.reserve(plots.size());
  for (std::size_t i = 0; i < plots.size(); ++i) {
    const auto file = [&](const char* kind) { return folder.path() / (std::to_string(i) + kind); };
    drawn.push_back({.svg = titled_svg(read_text_file(file(".svg")), plots[i].title),
                     .png = plots[i].png ? read_file(file(".png")) : Bytes()});
    check_whole(drawn.back(), plots[i].png);
  }
  return drawn;
}

std::string gnuplot_text(std::string_view text, std::size_t most) {
  // Between single quotes only the quote itself has a meaning.
  std::string quoted = "'";
  for (const char c : printable(text, most)) {
    if (c == '\'') quoted += '\'';
    quoted += c;
  }
  return quoted + "'";
}

std::string gnuplot_block(std::string_view name, std::string_view rows) {
  return fmt::format("${} << EOD\n{}EOD\n", name, rows);
}

}  // namespace scrawl
