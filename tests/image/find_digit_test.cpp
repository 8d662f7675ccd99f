#include "image/find_digit.h"

#include "image/drawing.h"
#include "image/resample.h"
#include "image/stroke.h"
#include "testing.h"

#include <algorithm>
#include <cstdlib>

namespace scrawl::find_digit_test {
namespace {

using test::add_noise;
using test::draw_ring;
using test::fill;
using test::invert;
using test::plain;

GreyImage to_picture(const MnistImage& image) {
  return {mnist_side, mnist_side, {image.begin(), image.end()}};
}

/// A zero in MNIST's form.
MnistImage zero() {
  GreyImage picture = plain(100, 100, 0);
  draw_ring(picture, 50, 50, 40, 10, 255);
  return to_mnist_form(picture);
}

/// The mean difference of two images, moved by at most a pixel: what is symmetric has two nearest centres.
double mean_difference(const MnistImage& a, const MnistImage& b) {
  double least = 255;
  for (int dy = -1; dy <= 1; ++dy)
    for (int dx = -1; dx <= 1; ++dx) {
      double sum = 0;
      for (int y = 1; y < 27; ++y)
        for (int x = 1; x < 27; ++x)
          sum += std::abs(a[static_cast<std::size_t>(y * 28 + x)] -
                          b[static_cast<std::size_t>((y + dy) * 28 + x + dx)]);
      least = std::min(least, sum / mnist_side / mnist_side);
    }
  return least;
}

TEST(FindDigit, WhatIsInMnistsFormIsPassedOn) {
  const MnistImage image = zero();
  const auto found = find_digit(to_picture(image));
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->is_whole);
  EXPECT_EQ(found->image, image);
  EXPECT_EQ(found->box.width, 20U);
  EXPECT_EQ(found->box.height, 20U);
  GreyImage inverted = to_picture(image);
  invert(inverted);
  EXPECT_FALSE(box_in_mnist_form(inverted));
  EXPECT_FALSE(box_in_mnist_form(plain(28, 28, 0)));
  EXPECT_FALSE(box_in_mnist_form(plain(28, 28, 255)));
  // Moved to a corner it is no longer in the form.
  GreyImage moved = plain(28, 28, 0);
  for (std::size_t y = 0; y < 24; ++y)
    for (std::size_t x = 0; x < 24; ++x) moved.pixels[y * 28 + x] = image[(y + 4) * 28 + x + 4];
  EXPECT_FALSE(box_in_mnist_form(moved));
  ASSERT_TRUE(find_digit(moved));
  EXPECT_FALSE(find_digit(moved)->is_whole);
  EXPECT_LT(mean_difference(find_digit(moved)->image, image), 6);
}

TEST(FindDigit, GivesTheSameDigitOnEveryGroundAtEverySize) {
  const MnistImage image = zero();
  for (const std::size_t side : {36, 70, 300, 900})
    for (const auto& [ground, ink] : {std::pair{0, 255}, {255, 0}, {120, 160}, {200, 90}})
      for (const double noise : {0.0, 3.0}) {
        GreyImage picture = plain(side, side * 2 / 3, static_cast<std::uint8_t>(ground));
        const auto size = static_cast<double>(side);
        draw_ring(picture, size * 0.6, size * 0.3, size * 0.2, size * 0.05, static_cast<std::uint8_t>(ink));
        add_noise(picture, noise, 3);
        const auto found = find_digit(picture);
        ASSERT_TRUE(found) << side << ", " << ground;
        EXPECT_LT(mean_difference(found->image, image), side < 50 ? 16 : 7) << side << ", " << ground;
        EXPECT_NEAR(static_cast<double>(found->box.x), size * 0.4, 2 + size * 0.01);
        EXPECT_NEAR(static_cast<double>(found->box.y), size * 0.1, 2 + size * 0.01);
        EXPECT_NEAR(static_cast<double>(found->box.width), size * 0.4, 3 + size * 0.02);
        EXPECT_NEAR(static_cast<double>(found->box.height), size * 0.4, 3 + size * 0.02);
      }
}

TEST(FindDigit, ThinAndFaintStrokesBecomeAsWideAsMnists) {
  GreyImage picture = plain(518, 518, 200);
  draw_ring(picture, 250, 250, 110, 4, 170);
  const auto found = find_digit(picture);
  ASSERT_TRUE(found);
  EXPECT_NEAR(stroke_width(scaled(to_picture(found->image), {.width = 28, .height = 28}, 112, 112)) / 4, 2.5,
              0.4);
  EXPECT_EQ(*std::max_element(found->image.begin(), found->image.end()), 255);
}

TEST(FindDigit, PartsStayTogetherAndDirtIsLeftOut) {
  GreyImage picture = plain(200, 200, 230);
  fill(picture, {.x = 60, .y = 40, .width = 60, .height = 8}, 20);  // a bar apart
  fill(picture, {.x = 60, .y = 56, .width = 8, .height = 40}, 20);  // and the rest below it
  fill(picture, {.x = 60, .y = 90, .width = 60, .height = 8}, 20);
  fill(picture, {.x = 112, .y = 90, .width = 8, .height = 60}, 20);
  const Box digit{.x = 60, .y = 40, .width = 60, .height = 110};
  EXPECT_EQ(find_digit(picture)->box, digit);
  fill(picture, {.x = 190, .y = 190, .width = 3, .height = 3}, 0);  // a speck
  fill(picture, {.x = 80, .y = 70, .width = 2, .height = 2}, 0);    // another
  fill(picture, {.x = 0, .y = 0, .width = 10, .height = 200}, 60);  // the table beside the paper
  EXPECT_EQ(find_digit(picture)->box, digit);
}

TEST(FindDigit, ADigitMayTouchTheBorder) {
  GreyImage picture = plain(28, 28, 255);
  fill(picture, {.x = 0, .y = 0, .width = 24, .height = 5}, 0);
  for (std::size_t y = 5; y < 28; ++y)
    fill(picture, {.x = 18 - y * 16 / 28, .y = y, .width = 6, .height = 1}, 0);
  const auto found = find_digit(picture);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->box, (Box{.x = 0, .y = 0, .width = 24, .height = 28}));
}

TEST(FindDigit, EmptyPicturesHoldNone) {
  for (const std::uint8_t value : {0, 128, 255}) {
    EXPECT_FALSE(find_digit(plain(28, 28, value)));
    EXPECT_FALSE(find_digit(plain(700, 500, value)));
  }
  GreyImage specks = plain(300, 300, 240);
  for (std::size_t i = 37; i < specks.pixels.size(); i += 997) specks.pixels[i] = 0;
  EXPECT_FALSE(find_digit(specks));
  GreyImage noise = plain(300, 200, 128);
  add_noise(noise, 20, 9);
  EXPECT_FALSE(find_digit(noise));
  EXPECT_FALSE(find_digit(GreyImage{}));
}

TEST(FindDigit, EverySizeIsSafe) {
  for (const auto& [width, height] : {std::pair<std::size_t, std::size_t>{1, 1},
                                      {1, 2},
                                      {2, 1},
                                      {3, 3},
                                      {1, 5000},
                                      {5000, 1},
                                      {2, 30000},
                                      {32768, 3},
                                      {5, 7},
                                      {11, 400}}) {
    GreyImage picture = plain(width, height, 255);
    for (std::size_t i = 0; i < picture.pixels.size(); i += 3) picture.pixels[i] = 0;
    for (const bool half : {false, true}) {
      if (half) fill(picture, {.width = width / 2, .height = height}, 0);
      const auto found = find_digit(picture);
      if (!found) continue;
      EXPECT_LE(found->box.x + found->box.width, width);
      EXPECT_LE(found->box.y + found->box.height, height);
      EXPECT_GT(found->box.width * found->box.height, 0U);
    }
  }
}

TEST(FindDigit, AHugePictureIsReducedFirst) {
  GreyImage picture = plain(8000, 8000, 210);
  draw_ring(picture, 3000, 5000, 1500, 90, 60);
  const auto found = find_digit(picture);
  ASSERT_TRUE(found);
  EXPECT_NEAR(static_cast<double>(found->box.x), 1500, 26);
  EXPECT_NEAR(static_cast<double>(found->box.y), 3500, 26);
  EXPECT_NEAR(static_cast<double>(found->box.width), 3000, 40);
}

}  // namespace
}  // namespace scrawl::find_digit_test
