#include "synth/page_plan.h"

#include <cmath>

namespace scrawl {
namespace {

void scribble_on(PagePlan& plan, Chance& chance) {
  const float margin = page_margin(plan);
  const std::size_t count = 1 + chance.below(5);
  for (std::size_t i = 0; i < count; ++i) {
    const float x = chance.from(margin + 60, plan.width - margin - 60);
    const float y = chance.from(margin + 60, plan.height - margin - 60);
    // Many turns: a short stroke could be a 1, a single turn a 0.
    std::vector<PenPoint> points(9 + chance.below(12));
    for (PenPoint& p : points) {
      p.x = x + chance.around(60);
      p.y = y + chance.around(50);
    }
    plan.scribbles.push_back(smooth(points));
  }
}

void letter(PagePlan& plan, bool has_fonts, Chance& chance) {
  const float margin = page_margin(plan);
  const float size = chance.from(34, 64);
  for (float y = margin + size * 1.2F; y < plan.height - margin; y += size * 1.9F) {
    const std::size_t most = digits_that_fit(plan.width - 2 * margin, size);
    if (has_fonts && chance.happens(0.4F)) {
      // Without I, l and O: even people take those for digits where they stand alone.
      static constexpr std::string_view letters = "abcdefhkmnprtuvwxyACEFGHKMNPRTUVWXY";
      std::string text;
      for (std::size_t i = 0; i < most; ++i) text += i % 6 == 5 ? ' ' : letters[chance.below(letters.size())];
      plan.labels.push_back({text, margin, y, size * 0.6F});
      continue;
    }
    plan.words.push_back({.text = std::string(2 + chance.below(most - 2), 'x'),
                          .left = margin,
                          .baseline = y,
                          .height = size});
  }
}

/// A table that nobody has filled in.
void rule_table(PagePlan& plan, float radius, Chance& chance) {
  const float margin = page_margin(plan);
  const float tall = chance.from(50, 90);
  const float wide = tall * chance.from(1.2F, 3);
  const float right = margin + std::floor((plan.width - 2 * margin) / wide) * wide;
  const float bottom = margin + std::floor((plan.height - 2 * margin) / tall) * tall;
  for (float y = margin; y < bottom + 1; y += tall) rule_across(plan, y, radius, margin, right);
  for (float x = margin; x < right + 1; x += wide) rule_down(plan, x, radius, margin, bottom);
}

}  // namespace

PagePlan plan_nothing(bool has_fonts, Chance& chance) {
  PagePlan plan{.kind = PageKind::none};
  plan.width = std::floor(chance.from(720, 1100));
  plan.height = std::floor(chance.from(560, 1000));
  const std::size_t what = chance.below(4);
  const bool is_table = what == 3;
  const std::size_t paper = is_table ? 0 : chance.below(3);  // plain, lined, squared
  const float pitch = paper == 1 ? chance.from(46, 84) : chance.from(28, 48);
  const float radius = chance.from(0.4F, 1);
  if (paper > 0)
    for (float y = pitch; y < plan.height; y += pitch) rule_across(plan, y, radius, 0, plan.width);
  if (paper > 1)
    for (float x = pitch / 2; x < plan.width; x += pitch) rule_down(plan, x, radius, 0, plan.height);
  switch (what) {
    case 0: break;  // empty
    case 1: scribble_on(plan, chance); break;
    case 2: letter(plan, has_fonts, chance); break;
    default: rule_table(plan, radius * 1.5F, chance);
  }
  return plan;
}

}  // namespace scrawl
