#include "page/sheet.h"

#include "page/page_drawing.h"

#include <gtest/gtest.h>

namespace scrawl::sheet_test {
namespace {

TEST(Sheet, IsFoundOnADarkGround) {
  GreyImage picture = test::plain(600, 500, 50);
  test::fill(picture, {.x = 120, .y = 90, .width = 380, .height = 330}, 220);
  test::draw_ring(picture, 300, 250, 40, 8, 60);
  test::add_noise(picture, 5, 1);
  const Sheet sheet = find_sheet(picture);
  ASSERT_FALSE(sheet.empty());
  ASSERT_EQ(sheet.rows.size(), 500U);
  EXPECT_NEAR(static_cast<double>(sheet.rows[250].first), 127, 8);  // the edge itself is left out
  EXPECT_NEAR(static_cast<double>(sheet.rows[250].end), 493, 8);
  EXPECT_EQ(sheet.rows[60].end, 0U);
  EXPECT_EQ(sheet.rows[450].end, 0U);
}

TEST(Sheet, AVignetteIsNone) {
  GreyImage picture = test::plain(600, 500, 0);
  for (std::size_t y = 0; y < 500; ++y)
    for (std::size_t x = 0; x < 600; ++x) {
      const double r = std::hypot(static_cast<double>(x) - 300, static_cast<double>(y) - 250) / 390;
      picture.pixels[y * 600 + x] = static_cast<std::uint8_t>(220 - 180 * r * r);
    }
  EXPECT_TRUE(find_sheet(picture).empty());
}

TEST(Sheet, WhatFillsThePictureIsNone) {
  GreyImage picture = test::plain(400, 300, 220);
  for (int i = 0; i < 4; ++i) test::draw_ring(picture, 60 + 90 * i, 150, 35, 8, 40);
  EXPECT_TRUE(find_sheet(picture).empty());
  EXPECT_TRUE(find_sheet(test::plain(400, 300, 128)).empty());
  EXPECT_TRUE(find_sheet(test::plain(2, 2, 0)).empty());
}

}  // namespace
}  // namespace scrawl::sheet_test
