#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scrawl {

/// Text for XML and HTML, also in quoted attributes; control characters and invalid UTF-8 as "\\x1b".
std::string markup_text(std::string_view text);

/// A page up to <main>, with the style sheet for light and dark screens and paper, and its end.
std::string html_head(std::string_view title);
std::string html_foot();

struct HtmlColumn {
  std::string title;               ///< any text
  std::vector<std::string> cells;  ///< markup, one for each row
};

/// A table whose first column names the rows; `upright` puts the columns below one another instead. Wide
/// ones scroll by themselves. `caption` is any text.
std::string html_table(std::string_view caption, std::span<const HtmlColumn> columns, bool upright);

/// An entry of a <ul class="legend">: a line in the colour page_colour::series[colour], and any text.
std::string html_legend_entry(std::size_t colour, bool dashed, std::string_view text);

struct HtmlPicture {
  std::string_view type;  ///< such as "image/png"
  std::string_view what;  ///< any text, for those who cannot see it; stands below the picture too
  bool wide = false;      ///< scrolls on narrow screens, instead of becoming too small to be read
};

/// A picture that the page carries within itself.
std::string html_figure(const HtmlPicture& picture, std::span<const std::byte> bytes);

}  // namespace scrawl
