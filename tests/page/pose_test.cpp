#include "page/pose.h"

#include "image/components.h"
#include "page/page_drawing.h"

#include <gtest/gtest.h>

namespace scrawl::pose_test {
namespace {

TEST(Pose, InPictureUndoesEveryTurn) {
  const Box mark{.x = 60, .y = 25, .width = 30, .height = 12};
  PageInk ink{.strength = test::no_ink(200, 120), .mask = test::no_ink(200, 120), .level = 255};
  test::fill(ink.mask, mark, test::ink);
  ink.strength = ink.mask;
  for (const int quarters : {0, 1, 2, 3})
    for (const double skew : {0.0, 10.0, -25.0}) {
      const Pose pose{.factor = 2, .quarters = quarters, .skew = skew};
      const PageInk page = turned(ink, pose);
      const Components marks = find_components(page.mask, 0);
      ASSERT_EQ(marks.all.size(), 1U);
      const Box box = in_picture(marks.all[0].box, pose, 400, 240);
      // A box around a turned box is larger, but has the same middle.
      const double room = skew == 0 ? 2 : 4;
      EXPECT_NEAR(static_cast<double>(box.x) + static_cast<double>(box.width) / 2, 150, room)
          << quarters << " " << skew;
      EXPECT_NEAR(static_cast<double>(box.y) + static_cast<double>(box.height) / 2, 62, room)
          << quarters << " " << skew;
      if (skew == 0) {
        EXPECT_NEAR(static_cast<double>(box.width), 60, 2) << quarters;
        EXPECT_NEAR(static_cast<double>(box.height), 24, 2) << quarters;
      }
    }
}

TEST(Pose, AQuarterIsClockwise) {
  PageInk ink{.strength = test::no_ink(20, 10), .mask = test::no_ink(20, 10), .level = 255};
  ink.mask.pixels[0] = 255;  // upper left becomes upper right
  const PageInk page = turned(ink, {.quarters = 1});
  EXPECT_EQ(page.mask.width, 10U);
  EXPECT_EQ(page.mask.pixels[9], 255);
}

}  // namespace
}  // namespace scrawl::pose_test
