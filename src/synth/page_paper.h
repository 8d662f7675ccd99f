#pragma once

#include "synth/canvas.h"
#include "synth/font.h"
#include "synth/page_plan.h"

#include <span>

namespace scrawl {

/// What covers a page, each with a darkness of its own: 0 leaves the paper as it is, 1 is black.
struct PageLayers {
  explicit PageLayers(const PagePlan& plan);

  Canvas rules;
  Canvas print;
  Canvas pen;
  float rule_darkness = 0.3F;
  float print_darkness = 0.85F;
  float pen_darkness = 0.8F;
};

/// Layers of the plan's size with darknesses drawn by chance; rules are lighter than the pen on paper that is
/// bought ruled.
PageLayers lay_paper(const PagePlan& plan, Chance& chance);

/// Draws the rules and prints the labels, in one of the fonts; without fonts there are no labels.
void print_paper(PageLayers& layers, const PagePlan& plan, std::span<const Font> fonts, Chance& chance);

/// The share of light that a point of the flat page returns, from 0 to 1, with 1 for clean paper; between
/// pixels linearly. REQUIRES x and y within the page.
float reflected(PageLayers& layers, float x, float y);

}  // namespace scrawl
