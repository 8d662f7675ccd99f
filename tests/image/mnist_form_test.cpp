#include "image/mnist_form.h"

#include "testing.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace scrawl::mnist_form_test {
namespace {

/// A black picture with a filled rectangle.
GreyImage rectangle(std::size_t size, std::size_t left, std::size_t top, std::size_t width,
                    std::size_t height, std::uint8_t value = 255) {
  GreyImage image{size, size, std::vector<std::uint8_t>(size * size)};
  for (std::size_t y = top; y < top + height; ++y)
    for (std::size_t x = left; x < left + width; ++x) image.pixels[y * size + x] = value;
  return image;
}

/// An L, whose centre of mass is not that of its box.
GreyImage corner(std::size_t size, std::size_t left, std::size_t top, std::size_t scale) {
  GreyImage image = rectangle(size, left, top, 4 * scale, 20 * scale);
  for (std::size_t y = top + 16 * scale; y < top + 20 * scale; ++y)
    for (std::size_t x = left; x < left + 12 * scale; ++x) image.pixels[y * size + x] = 255;
  return image;
}

struct InkBox {
  std::size_t left = 28, top = 28, right = 0, bottom = 0;  // the last two are one beyond
  double centre_x = 0, centre_y = 0;
};

InkBox box_of(const MnistImage& image) {
  InkBox box;
  double mass = 0;
  for (std::size_t y = 0; y < 28; ++y)
    for (std::size_t x = 0; x < 28; ++x)
      if (const double value = image[y * 28 + x]; value > 0) {
        box.left = std::min(box.left, x);
        box.top = std::min(box.top, y);
        box.right = std::max(box.right, x + 1);
        box.bottom = std::max(box.bottom, y + 1);
        mass += value;
        box.centre_x += value * static_cast<double>(x);
        box.centre_y += value * static_cast<double>(y);
      }
  box.centre_x /= mass;
  box.centre_y /= mass;
  return box;
}

TEST(MnistForm, WithoutInkAllIsZero) {
  EXPECT_EQ(to_mnist_form({}), MnistImage{});
  EXPECT_EQ(to_mnist_form({3, 2, std::vector<std::uint8_t>(6)}), MnistImage{});
}

TEST(MnistForm, WhatHasTheFormAlreadyStaysTheSame) {
  const MnistImage once = to_mnist_form(corner(60, 11, 3, 1));
  EXPECT_EQ(to_mnist_form({28, 28, {once.begin(), once.end()}}), once);
}

TEST(MnistForm, PlaceAndSizeDoNotMatter) {
  const MnistImage expected = to_mnist_form(corner(28, 4, 4, 1));
  for (const std::size_t scale : {1, 2, 3, 7}) {
    EXPECT_EQ(to_mnist_form(corner(200, 0, 0, scale)), expected) << scale;
    EXPECT_EQ(to_mnist_form(corner(200, 33, 51, scale)), expected) << scale;
    EXPECT_EQ(to_mnist_form(corner(20 * scale, 0, 0, scale)), expected) << scale;
  }
}

TEST(MnistForm, TheLongerSideIsTwentyAndProportionsStay) {
  for (const std::size_t width : {5, 10, 20, 40, 80}) {
    const InkBox box = box_of(to_mnist_form(rectangle(100, 7, 9, width, 40)));
    EXPECT_EQ(std::max(box.right - box.left, box.bottom - box.top), 20U) << width;
    const double proportion = static_cast<double>(width) / 40;
    EXPECT_NEAR(static_cast<double>(box.right - box.left), proportion <= 1 ? 20 * proportion : 20, 0.51)
        << width;
    EXPECT_NEAR(static_cast<double>(box.bottom - box.top), proportion <= 1 ? 20 : 20 / proportion, 0.51)
        << width;
  }
}

TEST(MnistForm, CentreOfMassIsWithinHalfAPixelOfTheCentre) {
  for (std::size_t scale = 1; scale < 9; ++scale) {
    const InkBox box = box_of(to_mnist_form(corner(200, 20, 10, scale)));
    EXPECT_LE(std::abs(box.centre_x - 14), 0.5) << scale;
    EXPECT_LE(std::abs(box.centre_y - 14), 0.5) << scale;
  }
}

TEST(MnistForm, ShrinkingAveragesAreas) {
  // 40x40 to 20x20: each output pixel is the mean of four, here one of them lit.
  GreyImage image = rectangle(40, 0, 0, 40, 40, 200);
  for (std::size_t y = 0; y < 40; ++y)
    for (std::size_t x = 0; x < 40; ++x)
      if (y % 2 == 1 || x % 2 == 1) image.pixels[y * 40 + x] = 0;
  image.pixels.back() = 200;
  const MnistImage result = to_mnist_form(image);
  EXPECT_EQ(result[14 * 28 + 14], 50);
}

TEST(MnistForm, EnlargingIsSmooth) {
  const MnistImage result = to_mnist_form(rectangle(8, 3, 2, 1, 4));
  EXPECT_EQ(box_of(result).bottom - box_of(result).top, 20U);
  const auto column = [&](std::size_t y) { return result[y * 28 + 14]; };
  for (std::size_t y = 5; y + 5 < 28; ++y) EXPECT_LE(std::abs(column(y) - column(y + 1)), 60) << y;
  EXPECT_GT(column(14), 200);
}

TEST(MnistForm, FaintNoiseDoesNotWidenTheBox) {
  GreyImage image = rectangle(60, 20, 10, 20, 40);
  const MnistImage clean = to_mnist_form(image);
  image.pixels[0] = 60;
  image.pixels.back() = 63;
  EXPECT_EQ(to_mnist_form(image), clean);
}

TEST(MnistForm, ExtremeShapesFit) {
  for (const auto& [width, height] : std::vector<std::pair<std::size_t, std::size_t>>{
           {1, 1}, {1, 5000}, {5000, 1}, {2, 3}, {3, 2}, {19, 21}, {4999, 5000}}) {
    const MnistImage result = to_mnist_form({width, height, std::vector<std::uint8_t>(width * height, 255)});
    EXPECT_NE(result, MnistImage{}) << width << "x" << height;
  }
  EXPECT_NO_THROW(to_mnist_form({1, 1, {1}}));
  // With nearly all mass at one end the box would leave the picture.
  GreyImage lopsided = rectangle(40, 34, 34, 6, 6);
  lopsided.pixels[0] = 255;
  EXPECT_EQ(box_of(to_mnist_form(lopsided)).left, 0U);
  std::reverse(lopsided.pixels.begin(), lopsided.pixels.end());
  EXPECT_EQ(box_of(to_mnist_form(lopsided)).right, 28U);
}

}  // namespace
}  // namespace scrawl::mnist_form_test
