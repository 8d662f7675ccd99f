#include "bench/changes.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace scrawl::bench::changes_test {
namespace {

using Bytes = std::array<std::uint8_t, side * side>;

/// A stroke of three pixels from row 8 to row 19, with soft sides: its middle is that of the image.
Bytes stroke() {
  Bytes image{};
  for (std::size_t y = 8; y < 20; ++y) {
    for (std::size_t x = 13; x < 15; ++x) image[y * side + x] = 255;
    image[y * side + 12] = image[y * side + 15] = 128;
  }
  return image;
}

const Change& change(std::string_view name) {
  const auto all = all_changes();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Change& c) { return c.name == name; });
  EXPECT_NE(found, all.end()) << name;
  return *found;
}

Bytes apply(std::string_view name, std::uint32_t number = 0) {
  return changed(stroke(), change(name), 1, number);
}

double mass(const Bytes& image) { return std::accumulate(image.begin(), image.end(), 0.0) / 255; }

/// The centre of mass, in pixels from the middle.
double offset(const Bytes& image, bool along_x) {
  double sum = 0;
  for (std::size_t i = 0; i < image.size(); ++i)
    sum += image[i] / 255.0 * (static_cast<double>(along_x ? i % side : i / side) - 13.5);
  return sum / mass(image);
}

/// The slope of the stroke: how far its middle goes to the right from one row to the next, on the average.
double slope(const Bytes& image) {
  double xy = 0;
  double yy = 0;
  for (std::size_t i = 0; i < image.size(); ++i) {
    const double x = static_cast<double>(i % side) - 13.5;
    const double y = static_cast<double>(i / side) - 13.5;
    xy += image[i] * x * y;
    yy += image[i] * y * y;
  }
  return xy / yy;
}

TEST(Changes, AreTheSameEachTimeAndDifferFromImageToImage) {
  for (const auto& c : all_changes())
    EXPECT_EQ(changed(stroke(), c, 1, 5), changed(stroke(), c, 1, 5)) << c.name;
  EXPECT_NE(apply("noise, sigma 0.2", 1), apply("noise, sigma 0.2", 2));
}

TEST(Changes, MoveByPixels) {
  for (std::uint32_t i = 0; i < 20; ++i) {
    const Bytes along_one = apply("shift by 3 pixels", i);
    EXPECT_NEAR(std::abs(offset(along_one, true)) + std::abs(offset(along_one, false)), 3, 1e-6);
    const Bytes both = apply("shift by 3 both ways", i);
    EXPECT_NEAR(std::abs(offset(both, true)), 3, 1e-6);
    EXPECT_NEAR(std::abs(offset(both, false)), 3, 1e-6);
  }
}

TEST(Changes, TurnShearAndScaleAboutTheMiddle) {
  // A turned bar of length 12 and width 3 has less slope than its axis: its sides count too.
  EXPECT_NEAR(std::abs(slope(apply("turn by 20 degrees"))), 0.326, 0.01);
  EXPECT_NEAR(std::abs(slope(apply("shear 0.3"))), 0.3, 0.02);
  EXPECT_NEAR(mass(apply("scale 0.75")) / mass(stroke()), 0.75 * 0.75, 0.05);
  EXPECT_NEAR(mass(apply("scale 1.25")) / mass(stroke()), 1.25 * 1.25, 0.05);
}

TEST(Changes, MoveEdges) {
  // The stroke is three pixels wide and twelve long: half a pixel a side leaves 2 x 11, a pixel more makes 5
  // x 14.
  EXPECT_NEAR(mass(apply("half a pixel thinner")), 22, 4);
  EXPECT_NEAR(mass(apply("a pixel thicker")), 70, 6);
}

TEST(Changes, KeepTheInkOfABlurAndWeakenContrast) {
  EXPECT_NEAR(mass(apply("blur, sigma 1")), mass(stroke()), 0.5);
  EXPECT_NEAR(mass(apply("contrast 0.3")), 0.3 * mass(stroke()), 0.2);
}

TEST(Changes, AddNoiseOfTheDeviationTheySay) {
  // Paper gets half of a normal distribution, the other half is cut off: the mean of the squares is sigma^2
  // / 2.
  double squares = 0;
  std::size_t count = 0;
  for (std::uint32_t i = 0; i < 20; ++i) {
    const Bytes image = apply("noise, sigma 0.2", i);
    for (std::size_t p = 0; p < 7 * side; ++p, ++count) squares += std::pow(image[p] / 255.0, 2);
  }
  EXPECT_NEAR(std::sqrt(2 * squares / static_cast<double>(count)), 0.2, 0.01);
}

TEST(Changes, HideAQuarterOfTheWidth) {
  Bytes full;
  full.fill(255);
  for (std::uint32_t i = 0; i < 20; ++i)
    EXPECT_EQ(mass(changed(full, change("a quarter hidden"), 1, i)), 21 * 28);
}

TEST(Changes, LeaveSomethingOfEachImage) {
  for (const auto& c : all_changes()) {
    if (c.name == "a quarter hidden") continue;  // a thin stroke may lie in it
    for (std::uint32_t i = 0; i < 10; ++i) EXPECT_GT(mass(changed(stroke(), c, 1, i)), 3) << c.name;
  }
}

}  // namespace
}  // namespace scrawl::bench::changes_test
