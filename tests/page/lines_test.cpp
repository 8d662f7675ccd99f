#include "page/lines.h"

#include <gtest/gtest.h>

namespace scrawl::lines_test {
namespace {

using Lines = std::vector<std::vector<std::size_t>>;

Components marks_at(const std::vector<Box>& boxes) {
  Components marks;
  for (const Box& box : boxes) marks.all.push_back({.box = box, .area = box.width * box.height / 4});
  return marks;
}

std::vector<MarkKind> all_large(std::size_t count) { return std::vector(count, MarkKind::large); }

TEST(Lines, RowsThatSlopeAreFollowed) {
  std::vector<Box> boxes;
  for (std::size_t i = 0; i < 6; ++i)
    boxes.push_back({.x = 20 + 60 * i, .y = 100 - 12 * i, .width = 25, .height = 40});
  for (std::size_t i = 0; i < 6; ++i)
    boxes.push_back({.x = 25 + 60 * i, .y = 170 - 12 * i, .width = 25, .height = 40});
  EXPECT_EQ(find_lines(marks_at(boxes), all_large(12)), (Lines{{0, 1, 2, 3, 4, 5}, {6, 7, 8, 9, 10, 11}}));
}

TEST(Lines, AreInOrderFromTheTop) {
  const auto marks = marks_at({{.x = 10, .y = 200, .width = 20, .height = 40},
                               {.x = 10, .y = 20, .width = 20, .height = 40},
                               {.x = 10, .y = 110, .width = 20, .height = 40}});
  EXPECT_EQ(find_lines(marks, all_large(3)), (Lines{{1}, {2}, {0}}));
}

TEST(Lines, SmallMarksJoinTheNearestLine) {
  const auto marks = marks_at({{.x = 10, .y = 20, .width = 20, .height = 40},
                               {.x = 50, .y = 20, .width = 20, .height = 40},
                               {.x = 38, .y = 52, .width = 5, .height = 10},
                               {.x = 10, .y = 300, .width = 20, .height = 40}});
  EXPECT_EQ(find_lines(marks, {MarkKind::large, MarkKind::large, MarkKind::small, MarkKind::large}),
            (Lines{{0, 2, 1}, {3}}));
}

TEST(Lines, WritingOfAnotherSizeIsAnotherLine) {
  const auto marks = marks_at({{.x = 10, .y = 20, .width = 60, .height = 120},
                               {.x = 90, .y = 60, .width = 20, .height = 40},
                               {.x = 120, .y = 60, .width = 20, .height = 40}});
  EXPECT_EQ(find_lines(marks, all_large(3)).size(), 2U);
}

}  // namespace
}  // namespace scrawl::lines_test
