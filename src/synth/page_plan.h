#pragma once

#include "scrawl/synth.h"

#include "synth/canvas.h"
#include "synth/chance.h"

#include <cstddef>
#include <string>
#include <vector>

namespace scrawl {

/// A ruled line.
struct PageRule {
  PenPoint from;
  PenPoint to;
  float radius;
};

/// A printed word, upright on its baseline.
struct PageLabel {
  std::string text;
  float left;
  float baseline;
  float height;  ///< of a digit of the font
};

/// A number, or a word of letters, that is to be written.
struct PageNumber {
  std::string text = {};  ///< digits; for letters only its length counts
  float left = 0;
  float baseline = 0;
  float height = 0;  ///< of a digit
  float pitch = 0;   ///< each digit stands in the middle of a cell of this width; 0: one after the other
  bool printed = false;
};

/// A table of `rows` x `columns`; cells[row][column] is "" where nothing stands.
struct PlannedGrid {
  PenPoint upper_left = {};
  PenPoint lower_right = {};
  std::vector<std::vector<std::string>> cells = {};
};

/// What a page has where, in pixels of the flat page, y downwards. Drawing it is up to others.
struct PagePlan {
  PageKind kind = PageKind::plain;
  float width = 0;
  float height = 0;
  std::vector<PageRule> rules = {};
  std::vector<PageLabel> labels = {};
  std::vector<std::vector<PageNumber>> lines = {};  ///< the numbers of each line, from left to right
  std::vector<PageNumber> words = {};               ///< of letters
  std::vector<Polyline> scribbles = {};
  std::vector<PlannedGrid> grids = {};
};

/// Labels and printed digits only where there are fonts. Everything stays within the margins, about a
/// fifteenth of the page, so that the camera cuts nothing off.
PagePlan plan_page(PageKind kind, bool has_fonts, Chance& chance);

// Kinds with a file of their own.
PagePlan plan_table(bool has_fonts, Chance& chance);
PagePlan plan_form(bool has_fonts, Chance& chance);
PagePlan plan_sudoku(bool has_fonts, Chance& chance);
PagePlan plan_nothing(bool has_fonts, Chance& chance);

// What the kinds share.
std::string random_digits(std::size_t count, Chance& chance);
float page_margin(const PagePlan& plan);
/// The most digits of this height that fit into the width, one after the other.
std::size_t digits_that_fit(float width, float height);
void rule_across(PagePlan& plan, float y, float radius, float left, float right);
void rule_down(PagePlan& plan, float x, float radius, float top, float bottom);

}  // namespace scrawl
