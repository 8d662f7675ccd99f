#include "synth/page_plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace scrawl {
namespace {

constexpr std::array table_words = std::to_array<std::string_view>(
    {"Date", "Item", "Amount", "Price", "Total", "Name", "Count", "Room", "Week", "Height"});
constexpr std::array form_words = std::to_array<std::string_view>(
    {"Customer number", "Postcode", "Telephone", "Date", "Amount due", "Account", "Year of birth",
     "House number", "Meter reading", "Reference"});

void rule_grid(PagePlan& plan, std::span<const float> columns, std::span<const float> rows, float radius) {
  for (const float y : rows) rule_across(plan, y, radius, columns.front(), columns.back());
  for (const float x : columns) rule_down(plan, x, radius, rows.front(), rows.back());
}

/// The numbers 0 to 8 with the groups of three and each group's members in a random order: such an order of
/// rows or columns leaves a Sudoku valid.
std::array<std::size_t, 9> order_of_nine(Chance& chance) {
  const auto three = [&] {
    std::array<std::size_t, 3> order = {0, 1, 2};
    std::swap(order[0], order[chance.below(3)]);
    std::swap(order[1], order[1 + chance.below(2)]);
    return order;
  };
  std::array<std::size_t, 9> nine = {};
  const auto groups = three();
  for (std::size_t g = 0; g < 3; ++g) {
    const auto members = three();
    for (std::size_t m = 0; m < 3; ++m) nine[3 * g + m] = 3 * groups[g] + members[m];
  }
  return nine;
}

}  // namespace

PagePlan plan_table(bool has_fonts, Chance& chance) {
  PagePlan plan{.kind = PageKind::table};
  const std::size_t columns = 2 + chance.below(4);
  const std::size_t rows = 3 + chance.below(6);
  const float tall = chance.from(54, 84);
  std::vector<float> xs = {0};
  for (std::size_t c = 0; c < columns; ++c)
    xs.push_back(xs.back() + std::floor(tall * chance.from(1.3F, 3.4F)));
  std::vector<float> ys = {0};
  for (std::size_t r = 0; r < rows; ++r) ys.push_back(ys.back() + tall);
  plan.width = std::floor(xs.back() * 1.25F + chance.from(40, 160));
  plan.height = std::floor(ys.back() * 1.25F + chance.from(40, 200));
  const float margin = page_margin(plan);
  const float left = margin + chance.from(0, plan.width - 2 * margin - xs.back());
  const float top = margin + chance.from(0, plan.height - 2 * margin - ys.back());
  for (float& x : xs) x += left;
  for (float& y : ys) y += top;
  rule_grid(plan, xs, ys, chance.from(0.6F, 1.6F));
  PlannedGrid grid{.upper_left = {xs.front(), ys.front()},
                   .lower_right = {xs.back(), ys.back()},
                   .cells = {rows, std::vector<std::string>(columns)}};
  const bool has_header = has_fonts && chance.happens(0.7F);
  const float size = tall * chance.from(0.5F, 0.64F);
  for (std::size_t r = 0; r < rows; ++r) {
    std::vector<PageNumber> line;
    for (std::size_t c = 0; c < columns; ++c) {
      const float room = xs[c + 1] - xs[c];
      if (has_header && r == 0) {
        const auto word = table_words[chance.below(table_words.size())];
        const float height =
            std::min(tall * 0.3F, (room - 0.3F * tall) / (0.9F * static_cast<float>(word.size())));
        plan.labels.push_back({std::string(word), xs[c] + 0.15F * tall, ys[1] - 0.35F * tall, height});
        continue;
      }
      if (chance.happens(0.12F)) continue;
      const std::size_t most = std::clamp<std::size_t>(digits_that_fit(room - 0.25F * tall, size), 1, 5);
      const std::size_t count = 1 + chance.below(most);
      // Left in the cell, so that the digits end before its right rule.
      const float free = room - 0.25F * tall - static_cast<float>(count) * size;
      const float in = std::max(0.0F, free) * chance.from(0, 0.5F);
      grid.cells[r][c] = random_digits(count, chance);
      line.push_back({.text = grid.cells[r][c],
                      .left = xs[c] + 0.12F * tall + in,
                      .baseline = ys[r + 1] - tall * chance.from(0.16F, 0.22F),
                      .height = size});
    }
    if (!line.empty()) plan.lines.push_back(std::move(line));
  }
  plan.grids.push_back(std::move(grid));
  return plan;
}

PagePlan plan_form(bool has_fonts, Chance& chance) {
  PagePlan plan{.kind = PageKind::form};
  plan.width = std::floor(chance.from(900, 1150));
  plan.height = std::floor(chance.from(640, 1000));
  const float margin = page_margin(plan);
  const float tall = chance.from(54, 76);
  const float radius = chance.from(0.6F, 1.4F);
  const float print = tall * chance.from(0.26F, 0.32F);
  const float start = has_fonts ? margin + 15 * print : margin;
  const std::size_t offset = chance.below(form_words.size());
  float top = margin;
  if (has_fonts) {
    plan.labels.push_back({"Please write clearly", margin, top + print * 1.6F, print * 1.4F});
    top += print * 3;
  }
  for (std::size_t field = 0; field < 6 && top + tall < plan.height - margin; ++field) {
    if (has_fonts)
      plan.labels.push_back({std::string(form_words[(field + offset) % form_words.size()]), margin,
                             top + tall * 0.5F + print * 0.5F, print});
    const float room = plan.width - margin - start;
    const std::size_t boxes =
        std::min<std::size_t>(4 + chance.below(5), static_cast<std::size_t>(room / tall));
    const float end = start + static_cast<float>(boxes) * tall;
    PageNumber number{
        .left = start, .baseline = top + tall * 0.81F, .height = tall * chance.from(0.54F, 0.66F)};
    const std::size_t style = chance.below(3);
    if (style < 2) {
      rule_across(plan, top, radius, start, end);
      rule_down(plan, start, radius, top, top + tall);
      rule_down(plan, end, radius, top, top + tall);
    } else {
      number.baseline = top + tall * 0.96F;
    }
    rule_across(plan, top + tall, radius, start, end);
    std::size_t most = digits_that_fit(end - start - 0.3F * tall, number.height);
    if (style == 0) {  // a box for each digit
      for (std::size_t i = 1; i < boxes; ++i)
        rule_down(plan, start + static_cast<float>(i) * tall, radius, top, top + tall);
      number.pitch = tall;
      most = boxes;
    } else {
      number.left += 0.2F * tall;
    }
    number.text = random_digits(1 + chance.below(most), chance);
    if (field == 0 || !chance.happens(0.12F)) plan.lines.push_back({number});
    top += tall * chance.from(1.4F, 1.9F);
  }
  return plan;
}

PagePlan plan_sudoku(bool has_fonts, Chance& chance) {
  PagePlan plan{.kind = PageKind::sudoku};
  const float cell = std::floor(chance.from(56, 84));
  plan.width = std::floor(9 * cell * chance.from(1.2F, 1.4F));
  plan.height = std::floor(9 * cell * chance.from(1.2F, 1.4F));
  const float left = std::floor((plan.width - 9 * cell) / 2);
  const float top = std::floor((plan.height - 9 * cell) / 2);
  const float thin = chance.from(0.5F, 0.9F);
  const float thick = thin * chance.from(1.5F, 3);
  for (std::size_t i = 0; i <= 9; ++i) {
    const float at = static_cast<float>(i) * cell;
    const float radius = i % 3 == 0 ? thick : thin;
    rule_across(plan, top + at, radius, left, left + 9 * cell);
    rule_down(plan, left + at, radius, top, top + 9 * cell);
  }
  const auto rows = order_of_nine(chance);
  const auto columns = order_of_nine(chance);
  std::array<std::size_t, 9> values = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  for (std::size_t i = 0; i < 8; ++i) std::swap(values[i], values[i + chance.below(9 - i)]);
  const float shown = chance.from(0.3F, 0.9F);
  const float printed = has_fonts ? chance.from(0.3F, 0.8F) : 0;
  const float size = cell * chance.from(0.54F, 0.66F);
  PlannedGrid grid{.upper_left = {left, top},
                   .lower_right = {left + 9 * cell, top + 9 * cell},
                   .cells = {9, std::vector<std::string>(9)}};
  for (std::size_t r = 0; r < 9; ++r) {
    std::vector<PageNumber> line;
    for (std::size_t c = 0; c < 9; ++c) {
      if (!chance.happens(shown)) continue;
      // Row i of the plain solution is the first one moved by 3 (i mod 3) + i / 3.
      grid.cells[r][c] = std::to_string(values[(3 * (rows[r] % 3) + rows[r] / 3 + columns[c]) % 9]);
      const bool is_printed = chance.happens(printed);
      line.push_back({.text = grid.cells[r][c],
                      .left = left + static_cast<float>(c) * cell,
                      .baseline = top + static_cast<float>(r + 1) * cell - cell * chance.from(0.17F, 0.22F),
                      .height = size,
                      .pitch = cell,
                      .printed = is_printed});
    }
    if (!line.empty()) plan.lines.push_back(std::move(line));
  }
  plan.grids.push_back(std::move(grid));
  return plan;
}

}  // namespace scrawl
