#include "data/small_digits.h"

#include "testing.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace scrawl::small_digits_test {
namespace {

constexpr std::size_t mnist_pixels = 784;

/// The longer side of what is not black.
std::size_t extent(const std::vector<std::uint8_t>& image) {
  std::size_t top = 28, bottom = 0;
  for (std::size_t i = 0; i < mnist_pixels; ++i)
    if (image[i] > 0) {
      top = std::min(top, i / 28);
      bottom = std::max(bottom, i / 28 + 1);
    }
  return bottom - top;
}

TEST(SmallDigits, AreTwentyPixelsHighAndBrightOnBlack) {
  std::vector<float> usps(256, -1.0F);
  for (std::size_t y = 2; y < 14; ++y) usps[y * 16 + 8] = 1.0F;
  std::vector<float> optdigits(64, 0.0F);
  for (std::size_t y = 1; y < 7; ++y) optdigits[y * 8 + 4] = 16.0F;
  std::vector<std::uint8_t> images(3, 7);
  EXPECT_TRUE(append_usps_row(usps, images));
  EXPECT_TRUE(append_optdigits_row(optdigits, images));
  ASSERT_EQ(images.size(), 3 + 2 * mnist_pixels);
  EXPECT_EQ(images[2], 7);
  for (const std::ptrdiff_t begin : {3, 787}) {
    const std::vector<std::uint8_t> image(images.begin() + begin, images.begin() + begin + mnist_pixels);
    EXPECT_EQ(extent(image), 20U);
    EXPECT_GT(image[14 * 28 + 14], 180);
    EXPECT_EQ(image[0], 0);
  }
}

TEST(SmallDigits, WhatDoesNotFitAddsNothing) {
  std::vector<std::uint8_t> images;
  EXPECT_FALSE(append_usps_row(std::vector<float>(255, 0.0F), images));
  EXPECT_FALSE(append_usps_row(std::vector<float>(257, 0.0F), images));
  EXPECT_FALSE(append_optdigits_row({}, images));
  for (const float wrong :
       {-1.01F, 1.01F, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::vector<float> usps(256, 0.0F);
    usps[200] = wrong;
    EXPECT_FALSE(append_usps_row(usps, images)) << wrong;
  }
  for (const float wrong : {-0.5F, 16.5F}) {
    std::vector<float> optdigits(64, 3.0F);
    optdigits[63] = wrong;
    EXPECT_FALSE(append_optdigits_row(optdigits, images)) << wrong;
  }
  EXPECT_TRUE(images.empty());
}

}  // namespace
}  // namespace scrawl::small_digits_test
