#pragma once

#include "scrawl/synth.h"

#include "synth/font.h"
#include "synth/page_hand.h"

#include <span>

namespace scrawl {

/// The fonts of several pages, read once. Throws as Font does.
std::vector<Font> read_fonts(std::span<const std::filesystem::path> files);

/// Throws Error(invalid_argument) as make_page does.
void check_pages(const DrawnPages& what, const DatasetView& digits);

/// make_page with what all pages share.
DrawnPage draw_page(const DrawnPages& what, std::size_t number, const DigitSource& source);

}  // namespace scrawl
