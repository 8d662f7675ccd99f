#include "page/skew.h"

#include "page/page_drawing.h"

#include <utility>

#include <gtest/gtest.h>

namespace scrawl::skew_test {
namespace {

/// Rows of short strokes, sloping upwards to the right by so many degrees.
GreyImage rows(double degrees, int count) {
  GreyImage mask = test::no_ink(800, 800);
  const double c = std::cos(degrees * 3.14159265 / 180);
  const double s = std::sin(degrees * 3.14159265 / 180);
  for (int row = 0; row < count; ++row)
    for (int column = 0; column < 10; ++column) {
      const double x = 50.0 * (column - 4.5);
      const double y = 70.0 * (row - (count - 1) / 2.0);
      const auto at = [&](double dx, double dy) {
        return std::pair(400 + (x + dx) * c + (y + dy) * s, 400 - (x + dx) * s + (y + dy) * c);
      };
      const auto [x0, y0] = at(-8, 0);
      const auto [x1, y1] = at(8, 0);
      test::draw_line(mask, x0, y0, x1, y1, 5, test::ink);
    }
  return mask;
}

TEST(Skew, OfRowsIsFound) {
  for (const double degrees : {12.0, -25.0, 30.0})
    EXPECT_NEAR(find_skew(rows(degrees, 5)), degrees, 1) << degrees;
}

TEST(Skew, IsNoneForLevelRowsAndForFewMarks) {
  EXPECT_EQ(find_skew(rows(0, 5)), 0);
  EXPECT_EQ(find_skew(rows(20, 1)), 0);
  EXPECT_EQ(find_skew(test::no_ink(50, 50)), 0);
}

}  // namespace
}  // namespace scrawl::skew_test
