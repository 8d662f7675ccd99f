#include "page/page_ink.h"

#include "page/page_drawing.h"

#include <gtest/gtest.h>

namespace scrawl::page_ink_test {
namespace {

/// Rings on grey paper, dark on light.
GreyImage page() {
  GreyImage picture = test::plain(400, 300, 190);
  for (int i = 0; i < 5; ++i) test::draw_ring(picture, 50 + 75 * i, 150, 28, 6, 60);
  return picture;
}

std::size_t ink_outside_of_rings(const PageInk& ink) {
  std::size_t count = 0;
  for (std::size_t y = 0; y < ink.mask.height; ++y)
    for (std::size_t x = 0; x < ink.mask.width; ++x)
      count += ink.mask.pixels[y * ink.mask.width + x] != 0 && (y < 118 || y > 182);
  return count;
}

TEST(PageInk, MeasuresTheStroke) {
  const PageInk ink = find_page_ink(page(), false, {});
  EXPECT_NEAR(ink.stroke, 6, 1.2);
  EXPECT_NEAR(ink.level, 130, 15);
  EXPECT_EQ(ink_outside_of_rings(ink), 0U);
}

TEST(PageInk, AGradientOfLightAndNoiseAreNoInk) {
  GreyImage picture = page();
  test::shade(picture, 50, -40);
  test::add_noise(picture, 4, 3);
  const PageInk ink = find_page_ink(picture, false, {});
  EXPECT_NEAR(ink.stroke, 6, 1.5);
  EXPECT_LE(ink_outside_of_rings(ink), 5U);
}

TEST(PageInk, FaintInkBesideStrongInkIsInk) {
  GreyImage picture = page();
  test::draw_ring(picture, 200, 250, 28, 6, 150);
  const PageInk ink = find_page_ink(picture, false, {});
  EXPECT_EQ(ink.mask.pixels[250 * 400 + 200 - 25], 255);
  EXPECT_EQ(ink.mask.pixels[250 * 400 + 200], 0);
}

TEST(PageInk, BrightInkIsFoundAsWell) {
  GreyImage picture = page();
  test::invert(picture);
  const PageInk ink = find_page_ink(picture, true, {});
  EXPECT_NEAR(ink.stroke, 6, 1.2);
  EXPECT_TRUE(ink.is_bright);
}

TEST(PageInk, AnEmptyPageHasNone) {
  GreyImage picture = test::plain(300, 200, 200);
  EXPECT_EQ(find_page_ink(picture, false, {}).level, 0);
  test::add_noise(picture, 6, 1);
  EXPECT_EQ(find_page_ink(picture, false, {}).level, 0);
  EXPECT_EQ(find_page_ink({}, false, {}).level, 0);
}

}  // namespace
}  // namespace scrawl::page_ink_test
