#include "page/grid.h"

#include "page/page_drawing.h"

#include <gtest/gtest.h>

namespace scrawl::grid_test {
namespace {

constexpr double height = 30;
constexpr double stroke = 3;

/// Rules of a table of 4 rows and 5 columns, narrower at the top as if seen from below, without those left
/// out.
GreyImage table(std::size_t without_across = 99, std::size_t without_down = 99) {
  GreyImage mask = test::no_ink(500, 400);
  const auto x_at = [](double column, double y) {
    return 250 + (column - 2.5) * (70 + 12 * (y - 200) / 160);
  };
  for (std::size_t row = 0; row <= 4; ++row) {
    if (row == without_across) continue;
    const double y = 40 + 80 * static_cast<double>(row);
    test::draw_line(mask, x_at(0, y), y, x_at(5, y), y, stroke, test::ink);
  }
  for (std::size_t column = 0; column <= 5; ++column) {
    if (column == without_down) continue;
    const auto c = static_cast<double>(column);
    test::draw_line(mask, x_at(c, 40), 40, x_at(c, 360), 360, stroke, test::ink);
  }
  return mask;
}

std::vector<PageGrid> grids_of(const GreyImage& mask) {
  return find_grids(find_rules(mask, stroke, 60), height, stroke);
}

TEST(Grid, FindsRowsAndColumnsSeenAskew) {
  const auto grids = grids_of(table());
  ASSERT_EQ(grids.size(), 1U);
  EXPECT_EQ(grids[0].rows(), 4U);
  EXPECT_EQ(grids[0].columns(), 5U);
  EXPECT_NEAR(grids[0].cell_height(), 80, 3);
  for (std::size_t row = 0; row < 4; ++row)
    for (std::size_t column = 0; column < 5; ++column) {
      const double y = 80 + 80 * static_cast<double>(row);
      const double x = 250 + (static_cast<double>(column) - 2) * (70 + 12 * (y - 200) / 160);
      const auto cell = grids[0].cell_at(x, y);
      ASSERT_TRUE(cell.has_value()) << row << " " << column;
      EXPECT_EQ(cell->row, row);
      EXPECT_EQ(cell->column, column);
    }
  EXPECT_FALSE(grids[0].cell_at(10, 200).has_value());
  EXPECT_FALSE(grids[0].cell_at(250, 390).has_value());
}

TEST(Grid, ARuleThatIsMissingAmongEvenOnesIsAdded) {
  const auto grids = grids_of(table(99, 3));
  ASSERT_EQ(grids.size(), 1U);
  EXPECT_EQ(grids[0].columns(), 5U);
}

TEST(Grid, LinedPaperIsNoTable) {
  GreyImage mask = test::no_ink(500, 400);
  for (int row = 1; row < 6; ++row) test::draw_line(mask, 0, 60.0 * row, 499, 60.0 * row, stroke, test::ink);
  EXPECT_TRUE(grids_of(mask).empty());
}

TEST(Grid, SquaredPaperIsNoTable) {
  GreyImage mask = test::no_ink(500, 400);
  for (int i = 1; i < 20; ++i) test::draw_line(mask, 0, 20.0 * i, 499, 20.0 * i, 2, test::ink);
  for (int i = 1; i < 25; ++i) test::draw_line(mask, 20.0 * i, 0, 20.0 * i, 399, 2, test::ink);
  EXPECT_TRUE(find_grids(find_rules(mask, 2, 60), height, 2).empty());
}

}  // namespace
}  // namespace scrawl::grid_test
