#include "synth/page_camera.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace scrawl::page_camera_test {
namespace {

TEST(PageCamera, ThePictureAndThePageLeadToEachOther) {
  for (std::uint32_t number = 0; number < 50; ++number) {
    Chance chance(1, 0, number);
    const PageCamera camera = draw_camera(900, 600, chance);
    for (const PenPoint p : std::vector<PenPoint>{{0, 0}, {450, 300}, {900, 600}, {30, 580}}) {
      const PenPoint back = picture_to_page(camera, page_to_picture(camera, p));
      EXPECT_NEAR(back.x, p.x, 0.01);
      EXPECT_NEAR(back.y, p.y, 0.01);
    }
  }
}

TEST(PageCamera, CutsOffNoMoreThanTheMargins) {
  for (std::uint32_t number = 0; number < 200; ++number) {
    Chance chance(2, 0, number);
    const PageCamera camera = draw_camera(900, 600, chance);
    const float margin = 60;
    for (const float x : {margin, 900 - margin})
      for (const float y : {margin, 600 - margin}) {
        const PenPoint p = page_to_picture(camera, {x, y});
        EXPECT_TRUE(p.x > 0 && p.y > 0 && p.x < 900 && p.y < 600) << number << ": " << p.x << ' ' << p.y;
      }
  }
}

TEST(PageCamera, ABoxHoldsThePixelsOfItsPoints) {
  const PageCamera still{.width = 100, .height = 80};
  const std::vector<PenPoint> points = {{10.5F, 20.5F}, {14.5F, 30.5F}};
  EXPECT_EQ(box_in_picture(still, points), (Box{10, 20, 5, 11}));
  EXPECT_EQ(box_in_picture(still, {}), Box());
  const std::vector<PenPoint> outside = {{-5, 70}, {500, 90}};
  EXPECT_EQ(box_in_picture(still, outside), (Box{0, 70, 100, 10}));
}

TEST(PageCamera, LightAndShadowDarkenThePaper) {
  PageLayers layers(PagePlan{.width = 100, .height = 80});
  Chance chance(1, 0, 0);
  const PageCamera camera{
      .width = 100, .height = 80, .paper = 0.9F, .shadow = 0.5F, .shadow_side = {1, 0}, .shadow_soft = 4};
  const GreyImage image = take_picture(camera, layers, chance);
  EXPECT_EQ(image.pixels[40 * 100 + 5], 230);  // 0.9 of 255
  EXPECT_EQ(image.pixels[40 * 100 + 95], 115);
}

TEST(PageCamera, AroundThePageIsTheDesk) {
  PageLayers layers(PagePlan{.width = 100, .height = 80});
  Chance chance(1, 0, 0);
  const PageCamera camera{.width = 100, .height = 80, .scale = 0.8F, .paper = 0.8F, .desk = 0.2F};
  const GreyImage image = take_picture(camera, layers, chance);
  EXPECT_EQ(image.pixels[0], 51);
  EXPECT_EQ(image.pixels[40 * 100 + 50], 204);
}

}  // namespace
}  // namespace scrawl::page_camera_test
