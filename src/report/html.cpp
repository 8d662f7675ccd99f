#include "report/html.h"

#include "base/text.h"
#include "report/palette.h"

#include <cassert>
#include <cstdint>
#include <limits>

#include <fmt/format.h>
#include <nettle/base64.h>

namespace scrawl {
namespace {

constexpr const char* style = R"(
:root { color-scheme: light dark; --page: #ffffff; --text: #222222; --faint: #595959; --line: #dddddd;
        --band: #f5f5f3; --code: #f5f5f3; }
@media (prefers-color-scheme: dark) {
  :root { --page: #16181a; --text: #dddddd; --faint: #a8a8a8; --line: #3a3d40; --band: #1f2225; --code: #1f2225; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .75rem; overflow-wrap: anywhere; }
p { margin: .5rem 0; overflow-wrap: anywhere; }
.faint, figcaption, caption { color: var(--faint); font-size: .875rem; }
.wide { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
caption { text-align: left; padding-bottom: .35rem; }
th, td { padding: .35rem .9rem .35rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
td { min-width: 6rem; max-width: 24rem; overflow-wrap: break-word; }
tbody tr:hover { background: var(--band); }
code, pre { font-family: ui-monospace, monospace; font-size: .85rem; }
pre { background: var(--code); padding: .75rem 1rem; overflow-x: auto; border-radius: 4px; }
figure { margin: 1.25rem 0; }
img { display: block; max-width: 100%; height: auto; border-radius: 4px; }
figure { overflow-x: auto; }
@media (max-width: 40rem) { img.large { max-width: none; width: 38rem; } }
figcaption { margin-top: .35rem; }
details { margin: 1rem 0; }
summary { cursor: pointer; }
section { border-top: 1px solid var(--line); margin-top: 2.5rem; }
section h2 { margin-top: 1.5rem; }
code[title] { white-space: nowrap; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin: .5rem 0; padding: 0; }
.legend li { font-size: .9rem; overflow-wrap: anywhere; }
.legend i { display: inline-block; width: 1.8rem; margin-right: .5rem; vertical-align: middle; border-top: 3px solid; }
.legend i.dashed { border-top-style: dashed; }
@media print { details > * { display: block; } section { break-before: page; } }
)";

std::string base64(std::span<const std::byte> bytes) {
  std::string text(BASE64_ENCODE_RAW_LENGTH(bytes.size()), '\0');
  nettle_base64_encode_raw(text.data(), bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
  return text;
}

std::string header(std::string_view scope, std::string_view text) {
  return fmt::format("<th scope=\"{}\">{}</th>", scope, text);
}

}  // namespace

std::string markup_text(std::string_view text) {
  std::string result;
  for (const char c : printable(text, std::numeric_limits<std::size_t>::max())) {
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

std::string html_head(std::string_view title) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}@media (prefers-color-scheme: dark) {{ .legend i {{ filter: {}; }} }}\n"
      "</style>\n</head>\n<body>\n<main>\n",
      markup_text(title), style, page_colour::dark_page_filter);
}

std::string html_foot() { return "</main>\n</body>\n</html>\n"; }

std::string html_table(std::string_view caption, std::span<const HtmlColumn> columns, bool upright) {
  const std::string words = markup_text(caption);
  std::string html = fmt::format(
      "<div class=\"wide\" tabindex=\"0\" role=\"region\" "
      "aria-label=\"{0}\">\n<table>\n<caption>{0}</caption>\n",
      words);
  const std::size_t rows = columns.empty() ? 0 : columns[0].cells.size();
  const auto line = [&](std::size_t fields, const auto& field) {
    html += "<tr>";
    for (std::size_t i = 0; i < fields; ++i) html += field(i);
    html += "</tr>\n";
  };
  if (upright) {
    html += "<tbody>\n";
    for (std::size_t c = 0; c < columns.size(); ++c)
      line(rows + 1, [&](std::size_t i) {
        if (i == 0) return header("row", markup_text(columns[c].title));
        return c == 0 ? header("col", columns[c].cells[i - 1]) : "<td>" + columns[c].cells[i - 1] + "</td>";
      });
  } else {
    html += "<thead>\n";
    line(columns.size(), [&](std::size_t c) { return header("col", markup_text(columns[c].title)); });
    html += "</thead>\n<tbody>\n";
    for (std::size_t row = 0; row < rows; ++row)
      line(columns.size(), [&](std::size_t c) {
        return c == 0 ? header("row", columns[c].cells[row]) : "<td>" + columns[c].cells[row] + "</td>";
      });
  }
  return html + "</tbody>\n</table>\n</div>\n";
}

std::string html_legend_entry(std::size_t colour, bool dashed, std::string_view text) {
  return fmt::format("<li><i style=\"border-color: {}\"{}></i>{}</li>\n", page_colour::series[colour],
                     dashed ? " class=\"dashed\"" : "", markup_text(text));
}

std::string html_figure(const HtmlPicture& picture, std::span<const std::byte> bytes) {
  const std::string words = markup_text(picture.what);
  return fmt::format(
      "<figure><img{} src=\"data:{};base64,{}\" alt=\"{}\"><figcaption>{}</figcaption></figure>\n",
      picture.wide ? " class=\"large\"" : "", picture.type, base64(bytes), words, words);
}

}  // namespace scrawl
