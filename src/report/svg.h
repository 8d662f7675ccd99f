#pragma once

#include <string>
#include <string_view>

namespace scrawl {

/// gnuplot's SVG file with the title that is given instead of its own, and with a style sheet that puts the
/// dark colours of palette.h in the place of the light ones for readers who prefer dark pages.
std::string themed_svg(std::string_view svg, std::string_view title);

/// Text as it may stand in XML and HTML, also in quoted attributes: control characters and bytes that are no
/// UTF-8 appear as "\\x1b".
std::string markup_text(std::string_view text);

}  // namespace scrawl
