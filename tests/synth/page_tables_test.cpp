#include "synth/page_plan.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace scrawl::page_tables_test {
namespace {

TEST(PageTables, TheCellsOfATableAreItsNumbers) {
  for (std::uint32_t number = 0; number < 40; ++number) {
    Chance chance(1, 0, number);
    const PagePlan plan = plan_table(number % 2 == 0, chance);
    ASSERT_EQ(plan.grids.size(), 1U);
    std::string in_cells;
    std::string in_lines;
    for (const auto& row : plan.grids[0].cells)
      for (const auto& cell : row) in_cells += cell;
    for (const auto& line : plan.lines)
      for (const PageNumber& one : line) in_lines += one.text;
    EXPECT_EQ(in_cells, in_lines);
  }
}

TEST(PageTables, ASudokuNeverRepeatsADigitInARowAColumnOrASquare) {
  for (std::uint32_t number = 0; number < 40; ++number) {
    Chance chance(1, 0, number);
    const auto cells = plan_sudoku(true, chance).grids.at(0).cells;
    std::array<std::array<bool, 10>, 27> seen = {};
    for (std::size_t r = 0; r < 9; ++r)
      for (std::size_t c = 0; c < 9; ++c) {
        if (cells[r][c].empty()) continue;
        const auto value = static_cast<std::size_t>(std::stoi(cells[r][c]));
        ASSERT_TRUE(value >= 1 && value <= 9);
        for (const std::size_t unit : {r, 9 + c, 18 + r / 3 * 3 + c / 3}) {
          EXPECT_FALSE(seen[unit][value]) << "page " << number << ", row " << r << ", column " << c;
          seen[unit][value] = true;
        }
      }
  }
}

TEST(PageTables, AFormHasALabelForEachFieldWhereThereAreFonts) {
  for (std::uint32_t number = 0; number < 20; ++number) {
    Chance chance(1, 0, number);
    const PagePlan plan = plan_form(true, chance);
    EXPECT_GT(plan.labels.size(), plan.lines.size());
    EXPECT_TRUE(plan.grids.empty());
  }
}

}  // namespace
}  // namespace scrawl::page_tables_test
