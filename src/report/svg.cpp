#include "report/svg.h"

#include "base/text.h"
#include "report/palette.h"

#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include <fmt/format.h>

namespace scrawl {
namespace {

std::string style_sheet() {
  std::string rules;
  for (const auto& colour : page_colour::all)
    for (const std::string_view property : {"fill", "stroke", "color"})
      rules += fmt::format("[{0}=\"{1}\"]{{{0}:{2}}}\n", property, colour.light, colour.dark);
  return "<style>@media (prefers-color-scheme: dark) {\n" + rules + "}</style>";
}

/// "rgb( 85,  85,  85)" at the start of `text` as "#555555", and how long it was.
struct HexColour {
  std::string hex;
  std::size_t length = 0;
};

std::optional<HexColour> hex_colour(std::string_view text) {
  if (!text.starts_with("rgb(")) return {};
  std::size_t at = 4;
  HexColour colour{.hex = "#"};
  for (const char end : {',', ',', ')'}) {
    while (at < text.size() && text[at] == ' ') ++at;
    unsigned value = 0;
    const auto [stop, status] = std::from_chars(text.data() + at, text.data() + text.size(), value);
    at = static_cast<std::size_t>(stop - text.data());
    if (status != std::errc{} || value > 255 || at == text.size() || text[at] != end) return {};
    colour.hex += fmt::format("{:02x}", value);
    ++at;
  }
  colour.length = at;
  return colour;
}

/// Attributes in one form, whatever white space, quotes and forms of colours gnuplot has used: what a style
/// sheet can select.
std::string normalised(std::string_view svg) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> spaced = {
      {{"fill = '", "fill='"}, {"fill-opacity = '", "fill-opacity='"}, {"points = '", "points='"}}};
  std::string result;
  result.reserve(svg.size());
  while (!svg.empty()) {
    if (const auto colour = hex_colour(svg)) {
      result += colour->hex;
      svg.remove_prefix(colour->length);
      continue;
    }
    std::size_t taken = 1;
    std::string_view put = svg.substr(0, 1);
    for (const auto& [from, to] : spaced)
      if (svg.starts_with(from)) {
        taken = from.size();
        put = to;
      }
    result += put;
    svg.remove_prefix(taken);
  }
  return result;
}

/// Without the parts from `begin` to `end`.
std::string without(std::string text, std::string_view begin, std::string_view end) {
  std::size_t at = 0;
  while ((at = text.find(begin, at)) != std::string::npos) {
    const std::size_t stop = text.find(end, at);
    if (stop == std::string::npos) break;
    text.erase(at, stop + end.size() - at);
  }
  return text;
}

}  // namespace

std::string themed_svg(std::string_view svg, std::string_view title) {
  // A title within the picture would pop up under the mouse.
  std::string result = without(normalised(svg), "<title>", "</title>");
  result = without(std::move(result), "<desc>", "</desc>\n");
  const std::size_t root = result.find("<svg");
  const std::size_t inside = root == std::string::npos ? root : result.find(">\n", root);
  if (inside == std::string::npos) return result;
  result.insert(inside + 2, "<title>" + markup_text(title) + "</title>\n" + style_sheet() + "\n");
  result.insert(root + 4, " role=\"img\"");
  return result;
}

std::string markup_text(std::string_view text) {
  const std::string shown = printable(text, std::numeric_limits<std::size_t>::max());
  std::string result;
  result.reserve(shown.size());
  for (const char c : shown) {
    switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      case '\'': result += "&#39;"; break;
      default: result += c;
    }
  }
  return result;
}

}  // namespace scrawl
