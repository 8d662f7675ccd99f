#pragma once

#include <cstddef>
#include <string>

namespace scrawl {

/// "set xtics (...)": about `count` round numbers from 0 to `last`. `axis` is 'x' or 'y'.
std::string round_tics(char axis, double last, std::size_t count);

/// What all plots have: no frame but two axes, faint tics and lines, texts in the colours of pages.
std::string plot_style();

}  // namespace scrawl
