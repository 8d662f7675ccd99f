#include "synth/page_plan.h"

#include <algorithm>
#include <cmath>

namespace scrawl {
namespace {

// Of its height; wide digits and the gap between two included.
constexpr float widest_digit = 1.05F;

PagePlan sheet(PageKind kind, Chance& chance) {
  PagePlan plan{.kind = kind};
  plan.width = std::floor(chance.from(720, 1100));
  plan.height = std::floor(chance.from(560, 1000));
  return plan;
}

/// A number somewhere on a line of the page, or two with space between.
std::vector<PageNumber> numbers_on(const PagePlan& plan, float baseline, float height, float indent,
                                   Chance& chance) {
  const float margin = page_margin(plan);
  const float from = std::max(margin, indent);
  const float room = plan.width - margin - from;
  std::size_t most = std::min<std::size_t>(digits_that_fit(room, height), 8);
  std::vector<PageNumber> numbers;
  const bool is_pair = most >= 6 && chance.happens(0.25F);
  if (is_pair) most /= 2;
  float left = from + chance.from(0, 0.15F) * room;
  for (int i = 0; i < (is_pair ? 2 : 1); ++i) {
    const float space = plan.width - margin - left;
    const std::size_t count =
        1 + chance.below(std::clamp<std::size_t>(digits_that_fit(space, height), 1, most));
    numbers.push_back(
        {.text = random_digits(count, chance), .left = left, .baseline = baseline, .height = height});
    left += (static_cast<float>(count) * widest_digit + 0.8F) * height;
    if (left + widest_digit * height > plan.width - margin) break;
  }
  return numbers;
}

/// Now and then a line has a word in place of numbers, as notes do.
void write_line(PagePlan& plan, float baseline, float height, float indent, Chance& chance) {
  if (!plan.lines.empty() && chance.happens(0.1F)) {
    const float left = std::max(page_margin(plan), indent);
    const std::size_t most = digits_that_fit(plan.width - page_margin(plan) - left, height);
    plan.words.push_back({.text = std::string(std::min<std::size_t>(3 + chance.below(4), most), 'x'),
                          .left = left,
                          .baseline = baseline,
                          .height = height});
    return;
  }
  plan.lines.push_back(numbers_on(plan, baseline, height, indent, chance));
}

PagePlan plan_plain(Chance& chance) {
  PagePlan plan = sheet(PageKind::plain, chance);
  const float margin = page_margin(plan);
  const float size = chance.from(36, 80);
  float baseline = margin + size * chance.from(1, 1.6F);
  while (baseline < plan.height - margin) {
    write_line(plan, baseline, size, 0, chance);
    if (chance.happens(0.15F)) break;
    baseline += size * chance.from(1.5F, 2.3F);
  }
  return plan;
}

PagePlan plan_lined(Chance& chance) {
  PagePlan plan = sheet(PageKind::lined, chance);
  const float margin = page_margin(plan);
  const float pitch = chance.from(50, 92);
  const float radius = chance.from(0.5F, 1.1F);
  const float size = pitch * chance.from(0.55F, 0.78F);
  const float stop = chance.happens(0.4F) ? plan.width * chance.from(0.1F, 0.16F) : 0;
  if (stop > 0) rule_down(plan, stop, radius, 0, plan.height);
  const bool skips = chance.happens(0.4F);
  const float last = plan.height * chance.from(0.5F, 1) - margin;
  std::size_t number = 0;
  for (float y = margin + pitch * 0.9F; y < plan.height - margin * 0.4F; y += pitch, ++number) {
    rule_across(plan, y, radius, 0, plan.width);
    const bool is_written = number == 0 || (y < last && (!skips || number % 2 == 0));
    const float above = chance.from(-0.02F, 0.06F) * pitch;
    if (is_written) write_line(plan, y - above, size, stop > 0 ? stop + 0.2F * size : 0, chance);
  }
  return plan;
}

PagePlan plan_squared(Chance& chance) {
  PagePlan plan = sheet(PageKind::squared, chance);
  const float margin = page_margin(plan);
  const float cell = chance.from(30, 48);
  const float radius = chance.from(0.4F, 0.8F);
  for (float y = cell / 2; y < plan.height; y += cell) rule_across(plan, y, radius, 0, plan.width);
  for (float x = cell / 2; x < plan.width; x += cell) rule_down(plan, x, radius, 0, plan.height);
  // A digit for each square, or larger ones that take two rows.
  const bool in_squares = cell > 38 && chance.happens(0.5F);
  const float size = cell * (in_squares ? chance.from(0.74F, 0.86F) : chance.from(1.3F, 1.7F));
  const std::size_t step = (in_squares ? 2 : 3) + chance.below(2);
  const float first_row = std::ceil((margin + size) / cell - 0.5F) + 0.5F;
  for (float y = first_row * cell; y < plan.height - margin; y += static_cast<float>(step) * cell) {
    const float baseline = y - chance.from(0.03F, 0.09F) * cell;
    if (!in_squares) {
      write_line(plan, baseline, size, 0, chance);
      continue;
    }
    const std::size_t count = 1 + chance.below(8);
    const auto free = static_cast<std::size_t>((plan.width - 2 * margin) / cell) -
                      count;  // the page is 15 squares at least
    const float column = std::ceil(margin / cell) + 0.5F + static_cast<float>(chance.below(free / 2));
    plan.lines.push_back({{.text = random_digits(count, chance),
                           .left = column * cell,
                           .baseline = baseline,
                           .height = size,
                           .pitch = cell}});
  }
  return plan;
}

PagePlan plan_boxed(Chance& chance) {
  PagePlan plan = sheet(PageKind::boxed, chance);
  const float margin = page_margin(plan);
  const float wide = chance.from(56, 92);
  const float gap = chance.happens(0.5F) ? 0 : wide * chance.from(0.12F, 0.3F);
  const float pitch = wide + gap;
  const float radius = chance.from(0.6F, 1.5F);
  const float tall = wide * chance.from(1, 1.3F);
  const auto room = static_cast<std::size_t>((plan.width - 2 * margin) / pitch);
  const std::size_t boxes = std::min<std::size_t>(room, 4 + chance.below(7));
  const float left = margin + chance.from(0, plan.width - 2 * margin - static_cast<float>(boxes) * pitch);
  const std::size_t rows = 1 + chance.below(4);
  float top = margin + chance.from(0, 60);
  for (std::size_t row = 0; row < rows && top + tall < plan.height - margin; ++row) {
    for (std::size_t i = 0; i < boxes; ++i) {
      const float x = left + static_cast<float>(i) * pitch;
      rule_across(plan, top, radius, x, x + wide);
      rule_across(plan, top + tall, radius, x, x + wide);
      if (gap > 0 || i == 0) rule_down(plan, x, radius, top, top + tall);
      rule_down(plan, x + wide, radius, top, top + tall);
    }
    const std::size_t count = 1 + chance.below(boxes);
    const std::size_t first = chance.happens(0.5F) ? 0 : boxes - count;
    plan.lines.push_back({{.text = random_digits(count, chance),
                           .left = left + static_cast<float>(first) * pitch - gap / 2,
                           .baseline = top + tall * 0.5F + wide * 0.32F,
                           .height = wide * chance.from(0.56F, 0.68F),
                           .pitch = pitch}});
    top += tall * chance.from(1.4F, 2);
  }
  return plan;
}

}  // namespace

std::string random_digits(std::size_t count, Chance& chance) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += static_cast<char>('0' + chance.below(10));
  return text;
}

float page_margin(const PagePlan& plan) { return std::max(plan.width, plan.height) / 15; }

std::size_t digits_that_fit(float width, float height) {
  return static_cast<std::size_t>(std::max(0.0F, width / (height * widest_digit)));
}

void rule_across(PagePlan& plan, float y, float radius, float left, float right) {
  plan.rules.push_back({{left, y}, {right, y}, radius});
}

void rule_down(PagePlan& plan, float x, float radius, float top, float bottom) {
  plan.rules.push_back({{x, top}, {x, bottom}, radius});
}

PagePlan plan_page(PageKind kind, bool has_fonts, Chance& chance) {
  switch (kind) {
    case PageKind::plain: break;
    case PageKind::lined: return plan_lined(chance);
    case PageKind::squared: return plan_squared(chance);
    case PageKind::boxed: return plan_boxed(chance);
    case PageKind::table: return plan_table(has_fonts, chance);
    case PageKind::form: return plan_form(has_fonts, chance);
    case PageKind::sudoku: return plan_sudoku(has_fonts, chance);
    case PageKind::none: return plan_nothing(has_fonts, chance);
  }
  return plan_plain(chance);
}

}  // namespace scrawl
