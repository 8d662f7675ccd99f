#include "page/page.h"

#include "page/page_drawing.h"

#include <gtest/gtest.h>

namespace scrawl::page_test {
namespace {

Page page_of(const GreyImage& picture) { return take_apart(find_page_ink(picture, false, {})); }

TEST(Page, EachMarkOfALineIsACandidate) {
  GreyImage picture = test::plain(420, 200, 230);
  for (int i = 0; i < 5; ++i) test::draw_ring(picture, 50 + 75 * i, 100, 25, 5, 40);
  const Page page = page_of(picture);
  ASSERT_EQ(page.lines.size(), 1U);
  ASSERT_EQ(page.lines[0].pieces.size() % 5, 0U);
  std::size_t whole = 0;
  for (const Candidate& candidate : page.candidates) {
    EXPECT_EQ(candidate.line, 0U);
    whole += candidate.box.width >= 49 && candidate.box.width <= 52;
  }
  EXPECT_EQ(whole, 5U);
}

TEST(Page, TouchingRingsAreAlsoCandidatesByThemselves) {
  GreyImage picture = test::plain(300, 160, 230);
  test::draw_ring(picture, 80, 80, 30, 5, 40);
  test::draw_ring(picture, 138, 80, 30, 5, 40);
  const Page page = page_of(picture);
  ASSERT_EQ(page.lines.size(), 1U);
  EXPECT_GE(page.lines[0].pieces.size(), 2U);
  bool has_left = false, has_both = false;
  for (const Candidate& candidate : page.candidates) {
    has_left = has_left || (candidate.box.x <= 51 && candidate.box.width >= 54 && candidate.box.width <= 66);
    has_both = has_both || candidate.box.width >= 115;
  }
  EXPECT_TRUE(has_left);
  EXPECT_TRUE(has_both);
}

TEST(Page, CellsOfATableAreLinesOfTheirOwn) {
  GreyImage picture = test::plain(400, 300, 235);
  for (int i = 0; i <= 2; ++i) test::draw_line(picture, 20, 30.0 + 110 * i, 380, 30.0 + 110 * i, 3, 60);
  for (int i = 0; i <= 3; ++i) test::draw_line(picture, 20.0 + 120 * i, 30, 20.0 + 120 * i, 250, 3, 60);
  test::draw_ring(picture, 80, 85, 25, 5, 40);
  test::draw_ring(picture, 320, 195, 25, 5, 40);
  const Page page = page_of(picture);
  ASSERT_EQ(page.grids.size(), 1U);
  EXPECT_EQ(page.grids[0].rows(), 2U);
  EXPECT_EQ(page.grids[0].columns(), 3U);
  ASSERT_EQ(page.lines.size(), 2U);
  EXPECT_EQ(page.lines[0].grid, 0U);
  EXPECT_EQ(page.lines[0].row, 0U);
  EXPECT_EQ(page.lines[0].column, 0U);
  EXPECT_EQ(page.lines[1].row, 1U);
  EXPECT_EQ(page.lines[1].column, 2U);
}

TEST(Page, ADigitOnARuleKeepsItsInk) {
  GreyImage picture = test::plain(500, 200, 235);
  test::draw_line(picture, 0, 120, 499, 120, 3, 120);
  for (int i = 0; i < 4; ++i) test::draw_ring(picture, 80 + 110 * i, 100, 30, 5, 40);
  const Page page = page_of(picture);
  ASSERT_EQ(page.lines.size(), 1U);
  EXPECT_NEAR(page.lines[0].height, 61, 3);
}

TEST(Page, AnEmptyPageHasNoLines) {
  EXPECT_TRUE(page_of(test::plain(200, 150, 240)).lines.empty());
  EXPECT_TRUE(page_of(test::plain(1, 1, 0)).lines.empty());
}

}  // namespace
}  // namespace scrawl::page_test
