#pragma once

#include <array>
#include <string_view>

namespace scrawl {

/// What is drawn from a finished run and kept in its folder: it goes where the run goes.
constexpr std::array<std::string_view, 8> run_picture_files = {
    "curves.svg",   "curves.png", "confusion.svg", "confusion.png",
    "mistakes.png", "digits.png", "weights.png",   "report.html"};

}  // namespace scrawl
