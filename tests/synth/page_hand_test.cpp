#include "synth/page_hand.h"

#include "image/mnist_form.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace scrawl::page_hand_test {
namespace {

struct Extent {
  float left, right, top, bottom;
};

Extent extent_of(const InkedDigit& digit) {
  const auto [left, right] = std::minmax_element(digit.ink.begin(), digit.ink.end(),
                                                 [](PenPoint a, PenPoint b) { return a.x < b.x; });
  const auto [top, bottom] = std::minmax_element(digit.ink.begin(), digit.ink.end(),
                                                 [](PenPoint a, PenPoint b) { return a.y < b.y; });
  return {left->x, right->x, top->y, bottom->y};
}

/// The least distance between pixels of two digits, along the larger axis.
float distance(const InkedDigit& a, const InkedDigit& b) {
  float least = 1000;
  for (const PenPoint p : a.ink)
    for (const PenPoint q : b.ink)
      least = std::min(least, std::max(std::abs(p.x - q.x), std::abs(p.y - q.y)));
  return least;
}

std::vector<InkedDigit> written(const PageNumber& number, const Hand& hand, std::uint32_t seed,
                                const DatasetView& images = {}) {
  Canvas canvas(700, 200);
  Chance chance(seed, 0, 0);
  return write_number(canvas, number, hand, digit_source(images, {}), chance);
}

const PageNumber free_number = {.text = "20468", .left = 40, .baseline = 120, .height = 60};

TEST(PageHand, DigitsStandOnTheBaselineInTheirHeight) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const auto digits = written(free_number, {.uneven = 0.05F}, seed);
    ASSERT_EQ(digits.size(), 5U);
    for (const InkedDigit& digit : digits) {
      ASSERT_FALSE(digit.ink.empty());
      const Extent extent = extent_of(digit);
      EXPECT_NEAR(extent.bottom, 120, 8);
      EXPECT_LT(extent.bottom - extent.top, 60 * 1.16F + 2);
    }
    EXPECT_GE(extent_of(digits[0]).left, 39);
  }
}

TEST(PageHand, NeighboursTouchInTheShareThatIsAskedFor) {
  std::size_t touching = 0;
  std::size_t apart = 0;
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const auto close = written(free_number, {.touching = 1}, seed);
    const auto wide = written(free_number, {.touching = 0}, seed);
    for (std::size_t i = 0; i + 1 < close.size(); ++i) {
      touching += distance(close[i], close[i + 1]) <= 1 ? 1 : 0;
      apart += distance(wide[i], wide[i + 1]) > 1 ? 1 : 0;
    }
  }
  EXPECT_GE(touching, 76U);  // of 80: some pairs have no rows in common
  EXPECT_EQ(apart, 80U);
}

TEST(PageHand, InCellsEachDigitStaysInItsOwn) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const auto digits = written({.text = "123456", .left = 50, .baseline = 120, .height = 50, .pitch = 80},
                                {.touching = 1}, seed);
    for (std::size_t i = 0; i < digits.size(); ++i) {
      const Extent extent = extent_of(digits[i]);
      EXPECT_GT(extent.left, 50 + 80 * static_cast<float>(i));
      EXPECT_LT(extent.right, 50 + 80 * static_cast<float>(i + 1));
    }
  }
}

TEST(PageHand, CutsDigitsFromTheImagesWithTheirLabels) {
  // The label 4 is a disc, which no way to write it resembles; 12 is no digit.
  Dataset data{.shape = {1, mnist_side, mnist_side}, .classes = 13};
  for (int y = 0; y < 28; ++y)
    for (int x = 0; x < 28; ++x)
      data.images.push_back((x - 14) * (x - 14) + (y - 14) * (y - 14) <= 100 ? 255 : 0);
  data.images.resize(data.images.size() * 2);
  data.labels = {4, 12};
  const DigitSource source = digit_source(data.view(), {});
  EXPECT_EQ(source.of_digit[4], std::vector<std::uint32_t>{0});
  EXPECT_TRUE(source.of_digit[2].empty());
  std::size_t discs = 0;
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    const auto digits =
        written({.text = "4", .left = 40, .baseline = 120, .height = 60}, {}, seed, data.view());
    const Extent extent = extent_of(digits.at(0));
    const float area = (extent.right - extent.left) * (extent.bottom - extent.top);
    discs += static_cast<float>(digits[0].ink.size()) > 0.7F * area ? 1 : 0;
  }
  EXPECT_GT(discs, 20U);
  EXPECT_LT(discs, 40U);  // a share is written from strokes
}

}  // namespace
}  // namespace scrawl::page_hand_test
