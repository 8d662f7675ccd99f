#pragma once

#include <array>
#include <string_view>

/// Colours on white pages, in the form that gnuplot and CSS understand.
namespace scrawl::page_colour {

/// A CSS filter for dark pages: it swaps light and dark, and keeps hues.
constexpr std::string_view dark_page_filter = "invert(0.9) hue-rotate(180deg)";

constexpr std::string_view text = "#222222";
constexpr std::string_view faint_text = "#595959";
constexpr std::string_view axis = "#8c8c8c";
constexpr std::string_view grid = "#e2e2e2";
constexpr std::string_view others = "#bdbdbd";

// From the palettes of Okabe and Ito (2008) and of Tol (2021), which colour-blind people can tell apart.
constexpr std::string_view blue = "#0072b2";
constexpr std::string_view orange = "#d55e00";
constexpr std::string_view green = "#009e73";

constexpr std::array<std::string_view, 8> series = {blue,      orange,    green,     "#aa4499",
                                                    "#b38600", "#332288", "#882255", "#000000"};

}  // namespace scrawl::page_colour
