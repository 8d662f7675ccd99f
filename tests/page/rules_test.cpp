#include "page/rules.h"

#include "page/page_drawing.h"

#include <cmath>

#include <gtest/gtest.h>

namespace scrawl::rules_test {
namespace {

/// The share of a line's ink that was found to be a rule.
double share(const Rules& rules, const GreyImage& mask, std::uint8_t bit) {
  if (rules.empty()) return 0;
  std::size_t ink = 0, found = 0;
  for (std::size_t i = 0; i < mask.pixels.size(); ++i)
    if (mask.pixels[i] != 0) ++ink, found += (rules.at[i] & bit) != 0;
  return static_cast<double>(found) / static_cast<double>(ink);
}

TEST(Rules, AreFoundLevelUprightAndSloping) {
  for (const double degrees : {0.0, 3.0, 8.0, -10.0}) {
    const double rise = std::tan(degrees * 3.14159265 / 180);
    GreyImage across = test::no_ink(500, 300);
    test::draw_line(across, 20, 150, 480, 150 + 460 * rise, 3, test::ink);
    EXPECT_GT(share(find_rules(across, 3, 60), across, Rules::across), 0.95) << degrees;
    GreyImage down = test::no_ink(300, 500);
    test::draw_line(down, 150, 20, 150 + 460 * rise, 480, 3, test::ink);
    EXPECT_GT(share(find_rules(down, 3, 60), down, Rules::down), 0.95) << degrees;
  }
}

TEST(Rules, ShortStrokesAreNone) {
  GreyImage mask = test::no_ink(300, 200);
  test::draw_line(mask, 50, 40, 50, 90, 4, test::ink);    // 1
  test::draw_line(mask, 100, 40, 140, 40, 4, test::ink);  // 7
  test::draw_line(mask, 140, 40, 115, 95, 4, test::ink);
  EXPECT_TRUE(find_rules(mask, 4, 80).empty());
}

TEST(Rules, AStrokeThatCrossesKeepsItsInk) {
  GreyImage mask = test::no_ink(400, 200);
  test::draw_line(mask, 0, 120, 399, 120, 3, test::ink);
  test::draw_line(mask, 200, 60, 200, 150, 4, test::ink);
  const Rules rules = find_rules(mask, 4, 100);
  for (std::size_t y = 65; y < 145; ++y) EXPECT_FALSE(rules.has(y * 400 + 200)) << y;
  EXPECT_TRUE(rules.has(120 * 400 + 100));
}

TEST(Rules, InterruptedOnesAreFollowed) {
  GreyImage mask = test::no_ink(400, 100);
  for (int i = 0; i < 20; ++i) test::draw_line(mask, 20.0 * i, 50, 20.0 * i + 14, 50, 3, test::ink);
  EXPECT_GT(share(find_rules(mask, 3, 100), mask, Rules::across), 0.9);
}

TEST(Rules, DropStrokesGivesDigitsBackAndKeepsBoxes) {
  GreyImage mask = test::no_ink(500, 300);
  test::draw_line(mask, 60, 60, 60, 160, 4, test::ink);   // a tall 1
  test::draw_line(mask, 200, 80, 460, 80, 3, test::ink);  // boxes
  test::draw_line(mask, 200, 150, 460, 150, 3, test::ink);
  for (const double x : {200.0, 330.0, 460.0}) test::draw_line(mask, x, 80, x, 150, 3, test::ink);
  Rules rules = find_rules(mask, 4, 60);
  ASSERT_TRUE(rules.has(110 * 500 + 60));
  drop_strokes(rules, 60, 4);
  EXPECT_FALSE(rules.has(110 * 500 + 60));
  EXPECT_TRUE(rules.has(110 * 500 + 330));
  EXPECT_TRUE(rules.has(80 * 500 + 260));
}

}  // namespace
}  // namespace scrawl::rules_test
