#include "report/gallery.h"
#include "report/sheet.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace scrawl::weight_gallery_test {
namespace {

constexpr std::size_t margin = 16;
constexpr std::size_t first_top = margin + 3 * 18 + 23;  // below title, legend and caption
constexpr Colour white = {255, 255, 255};

/// A 2x2 input, whose pictures are 84 pixels wide.
Network network_with(const std::string& model, const std::vector<float>& weights) {
  Network network(parse_model(model));
  set_parameter<float>(network, network.parameter_infos().front(), weights);
  return network;
}

TEST(WeightGallery, ShowsNegativeZeroAndPositiveWeightsOfEachOutput) {
  const auto network = network_with("2x2 > dense 2 > sigmoid > dense 3", {-1, 0, 0, 1, 0.5F, 0, 0, -0.5F});
  const auto sheet = draw_weights(network);
  ASSERT_TRUE(sheet.has_value());
  const auto weight = [&](std::size_t output, std::size_t y, std::size_t x) {
    return sheet->at(margin + output * 100 + x * 42 + 20, first_top + y * 42 + 20);
  };
  EXPECT_EQ(weight(0, 0, 1), white);
  EXPECT_EQ(weight(1, 0, 1), white);
  const Colour negative = weight(0, 0, 0);
  const Colour positive = weight(0, 1, 1);
  EXPECT_GT(negative.blue, 100);
  EXPECT_LT(negative.red, 50);
  EXPECT_GT(positive.red, 100);
  EXPECT_LT(positive.blue, 50);
  EXPECT_GT(weight(1, 0, 0).red, positive.red);  // half as large: lighter, on the same scale
  EXPECT_GT(weight(1, 1, 1).blue, negative.blue);
  EXPECT_EQ(*draw_weights(network), *sheet);
}

TEST(WeightGallery, OneLargeWeightDoesNotHideTheOthers) {
  std::vector<float> weights(784, 0.1F);
  weights[0] = 1e30F;
  const auto sheet = draw_weights(network_with("28x28 > dense 1", weights));
  ASSERT_TRUE(sheet.has_value());
  EXPECT_LT(sheet->at(margin + 40, first_top + 40).blue, 50);
}

TEST(WeightGallery, ShowsAtMostAHundredOutputsAndSaysSo) {
  const auto few = draw_weights(Network(parse_model("28x28 > dense 100")));
  const auto many = draw_weights(Network(parse_model("28x28 > dense 5000")));
  ASSERT_TRUE(few.has_value() && many.has_value());
  EXPECT_EQ(many->width, few->width);
  EXPECT_EQ(many->height, few->height);
  EXPECT_NE(*many, *few);  // the title
}

TEST(WeightGallery, VectorsAreSquaresAndChannelsAreAveraged) {
  const std::vector<float> weights = {-1, 0, 0, 1};
  EXPECT_EQ(draw_weights(network_with("4 > dense 1", weights)),
            draw_weights(network_with("2x2 > dense 1", weights)));
  const auto channels = draw_weights(network_with("2x2x2 > dense 1", {-1, 1, 1, 1, 1, 1, 1, 1}));
  ASSERT_TRUE(channels.has_value());
  EXPECT_EQ(channels->at(margin + 20, first_top + 20), white);
  EXPECT_LT(channels->at(margin + 60, first_top + 20).blue, 50);
}

TEST(WeightGallery, WeightsThatAreZeroOrNoNumbers) {
  const auto zero = draw_weights(Network(parse_model("28x28 > dense 3")));
  ASSERT_TRUE(zero.has_value());
  EXPECT_EQ(zero->at(margin + 20, first_top + 20), white);
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const auto odd = draw_weights(network_with("2x2 > dense 1", {nan, infinity, -1, 1}));
  ASSERT_TRUE(odd.has_value());
  EXPECT_EQ(odd->at(margin + 20, first_top + 20), (Colour{128, 128, 128}));
  EXPECT_TRUE(draw_weights(network_with("2x2 > dense 1", {nan, nan, nan, nan})).has_value());
}

TEST(WeightGallery, WhatIsNoPictureHasNone) {
  for (const char* model : {"783 > dense 4", "1 > dense 4", "28x1 > dense 2", "28x28 > sigmoid > dense 4"})
    EXPECT_FALSE(draw_weights(Network(parse_model(model))).has_value()) << model;
}

TEST(WeightGallery, ShowsTheWindowsOfAConvolution) {
  // Two windows of 2x2: the first goes from -1 to 1, of the second only the last weight is not 0.
  const auto sheet = draw_weights(network_with("5x5 > conv 2 2x2 > dense 3", {-1, 0, 0, 1, 0, 0, 0, 1}));
  ASSERT_TRUE(sheet);
  const auto same_as_dense = draw_weights(network_with("2x2 > dense 2", {-1, 0, 0, 1, 0, 0, 0, 1}));
  ASSERT_TRUE(same_as_dense);
  EXPECT_EQ(*sheet, *same_as_dense);
  EXPECT_FALSE(draw_weights(Network(parse_model("5x5 > conv 2 1x3 > dense 3"))));
  EXPECT_FALSE(draw_weights(Network(parse_model("5x5 > maxpool 2 > dense 3"))));
}

}  // namespace
}  // namespace scrawl::weight_gallery_test
