#pragma once

#include <array>
#include <string_view>

namespace scrawl {

/// A colour on white pages and the one that takes its place on dark pages.
struct PageColour {
  std::string_view light;
  std::string_view dark;
};

namespace page_colour {

constexpr PageColour text = {"#333333", "#dddddd"};
constexpr PageColour faint_text = {"#595959", "#a8a8a8"};
constexpr PageColour axis = {"#8c8c8c", "#757575"};
constexpr PageColour grid = {"#e2e2e2", "#383838"};
constexpr PageColour others = {"#bdbdbd", "#5a5a5a"};

// From the palettes of Okabe and Ito (2008) and of Tol (2021), which colour-blind people tell apart.
constexpr PageColour blue = {"#0072b2", "#56b4e9"};
constexpr PageColour orange = {"#d55e00", "#ff9a4d"};
constexpr PageColour green = {"#009e73", "#2fcfa0"};
constexpr PageColour purple = {"#aa4499", "#e08ad2"};
constexpr PageColour yellow = {"#b38600", "#f0d04d"};
constexpr PageColour indigo = {"#332288", "#9c90f0"};
constexpr PageColour wine = {"#882255", "#e0709c"};
constexpr PageColour black = {"#000000", "#ffffff"};

// Below the counts of a confusion matrix, half transparent: both kinds of text must be read on them.
constexpr PageColour right_cell = {"#0072b0", "#1c84c4"};
constexpr PageColour wrong_cell = {"#d45f00", "#d4640a"};

constexpr std::array<PageColour, 8> series = {blue, orange, green, purple, yellow, indigo, wine, black};
constexpr std::array<PageColour, 15> all = {text,   faint_text, axis,  grid,       others,
                                            blue,   orange,     green, purple,     yellow,
                                            indigo, wine,       black, right_cell, wrong_cell};

}  // namespace page_colour
}  // namespace scrawl
