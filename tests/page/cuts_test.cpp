#include "page/cuts.h"

#include "image/components.h"
#include "page/page_drawing.h"

#include <gtest/gtest.h>

namespace scrawl::cuts_test {
namespace {

std::vector<Cut> cuts_of(const GreyImage& mask, double stroke, double height) {
  const Components parts = find_components(mask, 0);
  EXPECT_EQ(parts.all.size(), 1U);
  return find_cuts(parts.labels, mask.width, 1, parts.all[0].box, stroke, height);
}

TEST(Cuts, DivideTouchingRingsBetweenThem) {
  GreyImage mask = test::no_ink(140, 80);
  test::draw_ring(mask, 40, 40, 30, 5, test::ink);
  test::draw_ring(mask, 98, 40, 30, 5, test::ink);
  const auto cuts = cuts_of(mask, 5, 60);
  ASSERT_FALSE(cuts.empty());
  bool is_between = false;
  for (const Cut& cut : cuts) {
    ASSERT_EQ(cut.columns.size(), 61U);
    // The box begins at column 10, so that the rings meet at 59.
    const bool here = std::abs(static_cast<double>(cut.columns[30]) - 59) <= 3;
    is_between = is_between || here;
    if (here) {
      EXPECT_LE(cut.ink, 4.5 * 5);
    }
  }
  EXPECT_TRUE(is_between);
}

TEST(Cuts, GoAroundAStrokeThatLeansOver) {
  // Two strokes that lean to the right by 40 degrees, joined at the bottom: no upright line parts them.
  GreyImage mask = test::no_ink(160, 100);
  test::draw_line(mask, 20, 90, 80, 10, 4, test::ink);
  test::draw_line(mask, 60, 90, 120, 10, 4, test::ink);
  test::draw_line(mask, 20, 90, 60, 90, 4, test::ink);
  const auto cuts = cuts_of(mask, 4, 84);
  ASSERT_FALSE(cuts.empty());
  double least = 1e9;
  for (const Cut& cut : cuts) least = std::min(least, cut.ink);
  EXPECT_LE(least, 7);  // the joint alone
}

TEST(Cuts, AWideStrokeIsNotCut) {
  GreyImage mask = test::no_ink(100, 100);
  test::fill(mask, {.x = 20, .y = 20, .width = 60, .height = 60}, test::ink);
  EXPECT_TRUE(cuts_of(mask, 8, 60).empty());
}

}  // namespace
}  // namespace scrawl::cuts_test
