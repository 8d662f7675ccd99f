#include "page/marks.h"

#include "page/page_drawing.h"

#include <gtest/gtest.h>

namespace scrawl::marks_test {
namespace {

PageInk ink_of(const GreyImage& mask, double stroke) {
  return {.strength = mask, .mask = mask, .level = 255, .noise = 0, .stroke = stroke};
}

TEST(Marks, LeaveRulesOut) {
  GreyImage mask = test::no_ink(300, 200);
  test::draw_ring(mask, 100, 100, 30, 5, test::ink);
  test::draw_line(mask, 0, 160, 299, 160, 3, test::ink);
  const PageInk ink = ink_of(mask, 5);
  EXPECT_EQ(find_marks(ink, {}).all.size(), 2U);
  EXPECT_EQ(find_marks(ink, find_rules(mask, 5, 100)).all.size(), 1U);
}

TEST(Marks, TheUsualHeightIsThatOfDigitsNotOfTables) {
  GreyImage mask = test::no_ink(600, 500);
  for (int i = 0; i <= 5; ++i) {
    test::draw_line(mask, 20, 20.0 + 90 * i, 580, 20.0 + 90 * i, 3, test::ink);
    test::draw_line(mask, 20.0 + 112 * i, 20, 20.0 + 112 * i, 470, 3, test::ink);
  }
  for (int i = 0; i < 4; ++i) test::draw_ring(mask, 76 + 112 * i, 65, 20, 4, test::ink);
  EXPECT_NEAR(usual_height(find_marks(ink_of(mask, 4), {}), ink_of(mask, 4)), 41, 2);
}

TEST(Marks, KindsTellCommasSpecksAndBlots) {
  GreyImage mask = test::no_ink(400, 200);
  test::draw_ring(mask, 60, 80, 40, 6, test::ink);                              // a digit
  test::draw_line(mask, 110, 110, 106, 122, 6, test::ink);                      // a comma
  test::fill(mask, {.x = 200, .y = 60, .width = 60, .height = 50}, test::ink);  // a blot
  test::fill(mask, {.x = 320, .y = 30, .width = 3, .height = 3}, test::ink);    // a speck
  test::draw_line(mask, 350, 40, 350, 120, 6, test::ink);                       // a 1
  const PageInk ink = ink_of(mask, 6);
  const Components marks = find_marks(ink, {});
  ASSERT_EQ(marks.all.size(), 5U);
  const auto kinds = kinds_of(marks, ink, {}, usual_height(marks, ink));
  for (std::size_t i = 0; i < 5; ++i) {
    const std::size_t x = marks.all[i].box.x;
    const MarkKind expected = x < 50    ? MarkKind::large
                              : x < 150 ? MarkKind::small
                              : x < 340 ? MarkKind::none
                                        : MarkKind::large;
    EXPECT_EQ(kinds[i], expected) << x;
  }
}

}  // namespace
}  // namespace scrawl::marks_test
