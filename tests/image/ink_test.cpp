#include "image/ink.h"

#include "image/cleaning.h"
#include "image/components.h"
#include "image/drawing.h"
#include "image/resample.h"
#include "image/stroke.h"
#include "testing.h"

namespace scrawl::ink_test {
namespace {

using test::add_noise;
using test::draw_ring;
using test::fill;
using test::invert;
using test::plain;
using test::shade;

TEST(Resample, ReducingTakesMeansAndKeepsWhatIsLeftOver) {
  const GreyImage picture{5, 3, {0, 100, 10, 30, 7, 100, 200, 50, 70, 9, 40, 60, 1, 3, 255}};
  const GreyImage half = reduced(picture, 2);
  EXPECT_EQ(half, (GreyImage{3, 2, {100, 40, 8, 50, 2, 255}}));
  EXPECT_EQ(reduced(picture, 1), picture);
  EXPECT_EQ(reduced(picture, 5).pixels.size(), 1U);
  // Only the pixels of the view count.
  const GreyView view(2, 2, 5, &picture.pixels[2]);
  EXPECT_EQ(reduced(view, 2), (GreyImage{1, 1, {40}}));
}

TEST(Cleaning, SpecksGoAndThinLinesStay) {
  GreyImage picture = plain(20, 20, 30);
  fill(picture, {.x = 4, .y = 0, .width = 1, .height = 20}, 200);
  GreyImage dirty = picture;
  dirty.pixels[5 * 20 + 10] = 255;
  dirty.pixels[0] = 255;
  dirty.pixels[19 * 20 + 19] = 0;
  EXPECT_EQ(without_specks(dirty), picture);
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 9}, {9, 1}, {2, 2}}) {
    const GreyImage small = plain(static_cast<std::size_t>(width), static_cast<std::size_t>(height), 77);
    EXPECT_EQ(without_specks(small), small);
    EXPECT_EQ(blurred(small), small);
    EXPECT_EQ(levelled(small), small);
    EXPECT_EQ(noise_of(small), 0);
  }
}

TEST(Cleaning, NoiseIsMeasuredBesideStrokes) {
  for (const double deviation : {0.0, 3.0, 10.0, 25.0}) {
    GreyImage picture = plain(200, 150, 128);
    draw_ring(picture, 100, 75, 60, 12, 220);
    add_noise(picture, deviation, 1);
    EXPECT_NEAR(noise_of(picture), deviation, 0.1 * deviation + 0.1);
  }
}

TEST(Cleaning, LevellingRemovesASlopeAndKeepsTheInk) {
  GreyImage picture = plain(120, 80, 128);
  draw_ring(picture, 60, 40, 30, 6, 60);
  const GreyImage even = picture;
  shade(picture, 60, -30);
  const GreyImage level = levelled(picture);
  for (std::size_t i = 0; i < level.pixels.size(); ++i) ASSERT_NEAR(level.pixels[i], even.pixels[i], 6) << i;
}

TEST(Ink, PolarityIsThatOfTheNarrowStructures) {
  for (const std::size_t side : {40, 100, 700})
    for (const std::size_t width : {side / 40 + 1, side / 10})
      for (const bool shadow : {false, true}) {
        GreyImage picture = plain(side, side, 180);
        const auto size = static_cast<double>(side);
        draw_ring(picture, size * 0.45, size * 0.55, size * 0.35, static_cast<double>(width), 100);
        // Half the picture lies in a shadow with a hard edge.
        if (shadow && side > 50)
          for (std::size_t i = 0; i < picture.pixels.size(); ++i)
            if (i % side > side / 2) picture.pixels[i] = static_cast<std::uint8_t>(picture.pixels[i] / 2);
        EXPECT_FALSE(has_bright_ink(picture)) << side << ", " << width << ", " << shadow;
        invert(picture);
        EXPECT_TRUE(has_bright_ink(picture)) << side << ", " << width << ", " << shadow;
      }
}

TEST(Ink, PolarityOfACropDoesNotDependOnItsMargin) {
  // A bold ring: its strokes are wider than the gaps between it and the border.
  for (const std::size_t margin : {1, 2, 4, 8, 16, 30})
    for (const double width : {12.0, 30.0, 45.0}) {
      const std::size_t side = 121 + 2 * margin;
      const auto centre = static_cast<double>(margin) + 60;
      GreyImage picture = plain(side, side, 240);
      draw_ring(picture, centre, centre, 60, width, 20);
      EXPECT_FALSE(has_bright_ink(picture)) << margin << ", " << width;
      EXPECT_EQ(find_ink(picture).level, 220) << margin << ", " << width;
      invert(picture);
      EXPECT_TRUE(has_bright_ink(picture)) << margin << ", " << width;
    }
}

TEST(Ink, ASheetOnADarkTableIsNoBrightInk) {
  GreyImage picture = plain(300, 300, 25);
  fill(picture, {.x = 40, .y = 30, .width = 220, .height = 240}, 230);
  draw_ring(picture, 150, 150, 70, 30, 40);
  EXPECT_FALSE(has_bright_ink(picture));
  invert(picture);
  EXPECT_TRUE(has_bright_ink(picture));
}

TEST(Ink, StandsOutBySoMuch) {
  GreyImage picture = plain(300, 200, 200);
  draw_ring(picture, 150, 100, 70, 8, 120);
  const Ink ink = find_ink(picture);
  EXPECT_NEAR(ink.level, 80, 2);
  EXPECT_EQ(ink.noise, 0);
  EXPECT_EQ(ink.strength.pixels[0], 0);
  EXPECT_EQ(ink.strength.pixels[100 * 300 + 150 + 66], 80);
}

TEST(Ink, EmptyPaperHasNone) {
  EXPECT_EQ(find_ink({}).level, 0);
  for (const std::size_t side : {1, 2, 3, 8, 28, 100, 500})
    for (const double deviation : {0.0, 4.0, 12.0, 30.0})
      for (const double slope : {0.0, 30.0, 60.0}) {
        GreyImage picture = plain(side, side + side / 3, 128);
        shade(picture, slope, slope / 2);
        // A tiny picture is taken to have no noise: any contrast is ink.
        if (side >= tiny_side) add_noise(picture, deviation, 5);
        if (side < tiny_side && slope > 0) continue;
        EXPECT_EQ(find_ink(picture).level, 0) << side << ", " << deviation << ", " << slope;
      }
}

TEST(Components, TouchAlsoByCorners) {
  const GreyImage picture{5, 4, {9, 0, 0, 0, 0,  //
                                 0, 9, 0, 0, 5,  //
                                 0, 0, 0, 0, 0,  //
                                 0, 3, 7, 0, 1}};
  const Components found = find_components(picture, 2);
  ASSERT_EQ(found.all.size(), 3U);
  EXPECT_EQ(found.all[0].box, (Box{.x = 0, .y = 0, .width = 2, .height = 2}));
  EXPECT_EQ(found.all[0].area, 2U);
  EXPECT_EQ(found.all[0].mass, 18);
  EXPECT_TRUE(found.all[1].touches_border);
  EXPECT_EQ(found.all[2].box, (Box{.x = 1, .y = 3, .width = 2, .height = 1}));
  EXPECT_EQ(found.all[2].strongest, 7);
  EXPECT_EQ(found.labels[19], 0U);
  EXPECT_EQ(found.labels[17], 3U);
}

TEST(Stroke, WidthIsMeasuredAndGrows) {
  EXPECT_EQ(stroke_width(plain(9, 9, 0)), 0);
  EXPECT_EQ(stroke_width({}), 0);
  for (const std::size_t width : {2, 5, 9}) {
    GreyImage bar = plain(60, 120, 0);
    fill(bar, {.x = 25, .y = 10, .width = width, .height = 100}, 255);
    // The ends belong to the outline too.
    EXPECT_NEAR(stroke_width(bar), static_cast<double>(width), 0.12 * static_cast<double>(width));
    for (const double radius : {0.5, 1.0, 2.5}) {
      const double wider = static_cast<double>(width) + 2 * radius;
      EXPECT_NEAR(stroke_width(thickened(bar, radius)), wider, 0.12 * wider + 0.2) << width << ", " << radius;
    }
  }
}

}  // namespace
}  // namespace scrawl::ink_test
