#include "report/axis.h"

#include "base/text.h"
#include "report/palette.h"

#include <cmath>

#include <fmt/format.h>

namespace scrawl {
namespace {

/// 1, 2 or 5 times a power of ten, at least `least`.
double round_step(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

}  // namespace

std::string round_tics(char axis, double last, std::size_t count) {
  if (!(last > 0 && last < 1e15)) return "";  // gnuplot's own
  const double step = round_step(last / static_cast<double>(count));
  std::string tics = fmt::format("set {}tics (", axis);
  for (std::size_t i = 0; static_cast<double>(i) * step <= last * (1 + 1e-9); ++i) {
    const double place = static_cast<double>(i) * step;
    tics += fmt::format("{}'{}' {}", i == 0 ? "" : ", ",
                        step < 1 ? fmt::format("{:g}", place) : grouped(fmt::format("{:.0f}", place)),
                        shortest(place));
  }
  return tics + ")\n";
}

std::string plot_style() {
  using namespace page_colour;
  return fmt::format(
      "set border 3 lc rgb '{0}'\n"
      "set tics nomirror out scale 0.5 textcolor rgb '{1}'\n"
      "set grid ytics lc rgb '{2}' lw 1 lt 1\n"
      "set xlabel textcolor rgb '{3}'\nset ylabel textcolor rgb '{3}'\nset key textcolor rgb '{3}'\n",
      axis, faint_text, grid, text);
}

}  // namespace scrawl
