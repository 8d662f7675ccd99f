#include "synth/canvas.h"

#include <numeric>

#include <gtest/gtest.h>

namespace scrawl::canvas_test {
namespace {

double ink(Canvas& canvas) {
  double sum = 0;
  for (std::size_t y = 0; y < canvas.height(); ++y)
    for (std::size_t x = 0; x < canvas.width(); ++x) sum += canvas(x, y);
  return sum;
}

TEST(Canvas, AStrokeHasTheAreaOfAPillAndIsDarkestInside) {
  Canvas canvas(40, 30);
  canvas.stroke(std::vector<PenPoint>{{10, 15}, {30, 15}}, 3);
  EXPECT_NEAR(ink(canvas), 20 * 6 + 3.14159 * 9, 1.5);
  EXPECT_EQ(canvas(20, 15), 1);
  EXPECT_EQ(canvas(20, 2), 0);
}

TEST(Canvas, AStrokeMayLeaveTheCanvasOrBeAPoint) {
  Canvas canvas(10, 10);
  canvas.stroke(std::vector<PenPoint>{{-50, -50}, {60, 60}}, 2);
  EXPECT_EQ(canvas(5, 5), 1);
  Canvas dot(10, 10);
  dot.stroke(std::vector<PenPoint>{{5, 5}}, 2);
  EXPECT_NEAR(ink(dot), 3.14159 * 4, 0.8);
}

TEST(Canvas, FillsTheExactAreaOfAnOutline) {
  Canvas canvas(20, 20);
  canvas.fill(std::vector<Polyline>{{{2.5F, 2}, {12.5F, 2}, {12.5F, 12}, {2.5F, 12}}});
  EXPECT_NEAR(ink(canvas), 100, 1e-3);
  EXPECT_NEAR(canvas(2, 5), 0.5, 1e-6);
}

TEST(Canvas, AnInnerOutlineTheOtherWayRoundIsAHole) {
  Canvas canvas(20, 20);
  canvas.fill(
      std::vector<Polyline>{{{0, 0}, {20, 0}, {20, 20}, {0, 20}}, {{5, 5}, {5, 15}, {15, 15}, {15, 5}}});
  EXPECT_NEAR(ink(canvas), 300, 1e-3);
}

TEST(Canvas, TheImageHasWhiteForInk) {
  Canvas canvas(3, 1);
  canvas.fill(std::vector<Polyline>{{{1, 0}, {2, 0}, {2, 1}, {1, 1}}}, 0.5F);
  EXPECT_EQ(canvas.image().pixels, (std::vector<std::uint8_t>{0, 128, 0}));
}

TEST(Affine, TurnsClockwiseAsTheImageIsShown) {
  const PenPoint p = affine(90, 0, 2, 2, 10, 20)({1, 0});
  EXPECT_NEAR(p.x, 10, 1e-6);
  EXPECT_NEAR(p.y, 22, 1e-6);
}

TEST(Smooth, GoesThroughItsPointsAndKeepsCorners) {
  const std::vector<PenPoint> points = {{0, 0}, {10, 5}, {20, 0}};
  const Polyline curve = smooth(points, 4);
  ASSERT_EQ(curve.size(), 9U);
  EXPECT_NEAR(curve[4].x, 10, 1e-5);
  EXPECT_NEAR(curve[4].y, 5, 1e-5);
  const std::vector<PenPoint> corner = {{0, 0}, {10, 0}, {10, 0}, {10, 10}};
  EXPECT_EQ(smooth(corner, 4).size(), 9U);
}

}  // namespace
}  // namespace scrawl::canvas_test
