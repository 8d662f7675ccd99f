#include "train/contact_sheet.h"

#include "train/synthetic.h"

#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

namespace scrawl::contact_sheet_test {
namespace {

Dataset counted(Shape shape, std::size_t images) {
  Dataset data{.name = "counted", .shape = shape, .classes = 10, .images = {}, .labels = {}, .sha256 = {}};
  data.images.resize(images * shape.size());
  std::iota(data.images.begin(), data.images.end(), std::uint8_t{0});
  data.labels.resize(images);
  return data;
}

std::vector<std::size_t> first(std::size_t count) {
  std::vector<std::size_t> indices(count);
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  return indices;
}

TEST(ContactSheet, PutsTheImagesInRowsOfEightWithLinesBetween) {
  const Dataset data = counted({1, 2, 3}, 12);
  const auto sheet = contact_sheet(data.view(), first(10));
  ASSERT_TRUE(sheet.has_value());
  EXPECT_EQ(sheet->width, 8 * 5 - 2U);
  EXPECT_EQ(sheet->height, 2 * 4 - 2U);
  ASSERT_EQ(sheet->pixels.size(), sheet->width * sheet->height);
  const auto pixel = [&](std::size_t y, std::size_t x) { return sheet->pixels[y * sheet->width + x]; };
  for (std::size_t i = 0; i < 10; ++i)
    for (std::size_t y = 0; y < 2; ++y)
      for (std::size_t x = 0; x < 3; ++x)
        EXPECT_EQ(pixel(i / 8 * 4 + y, i % 8 * 5 + x), data.view().image(i)[y * 3 + x]);
  EXPECT_EQ(pixel(0, 3), pixel(2, 0));   // the lines
  EXPECT_EQ(pixel(5, 37), pixel(2, 0));  // where no image is
}

TEST(ContactSheet, TakesTheImagesInTheOrderGiven) {
  const Dataset data = counted({1, 2, 2}, 8);
  const std::vector<std::size_t> indices = {5, 0};
  const auto sheet = contact_sheet(data.view(), indices);
  ASSERT_TRUE(sheet.has_value());
  EXPECT_EQ(sheet->width, 6U);
  EXPECT_EQ(sheet->pixels[0], 20);
  EXPECT_EQ(sheet->pixels[4], 0);
}

TEST(ContactSheet, APlainSquareNumberOfValuesIsASquare) {
  const auto sheet = contact_sheet(counted({1, 1, 784}, 1).view(), first(1));
  ASSERT_TRUE(sheet.has_value());
  EXPECT_EQ(sheet->width, 28U);
  EXPECT_EQ(sheet->height, 28U);
}

TEST(ContactSheet, OtherShapesHaveNone) {
  for (const Shape shape :
       {Shape{3, 8, 8}, Shape{1, 1, 783}, Shape{1, 1, 1}, Shape{1, 257, 2}, Shape{1, 1, 66049}})
    EXPECT_FALSE(contact_sheet(counted(shape, 2).view(), first(2)).has_value()) << to_string(shape);
  EXPECT_FALSE(contact_sheet(counted({1, 8, 8}, 2).view(), {}).has_value());
}

TEST(FirstMisread, FindsTheFirstImagesWhoseLabelIsNotPredicted) {
  const Dataset data = test::synthetic_dataset({1, 6, 5}, 4, 3000, 1);
  Network network(parse_model("6x5 > dense 4"));
  network.initialise({}, 1);
  const Preprocessing preprocessing;
  Evaluator evaluator(network, preprocessing, 64, 2);
  std::vector<std::uint8_t> predictions(data.size());
  evaluator.predict(network, data.view(), predictions);
  std::vector<std::size_t> expected;
  for (std::size_t i = 0; i < data.size(); ++i)
    if (predictions[i] != data.labels[i]) expected.push_back(i);
  ASSERT_GT(expected.size(), 64U);
  EXPECT_EQ(first_misread(evaluator, network, data.view(), data.size()), expected);
  expected.resize(64);
  EXPECT_EQ(first_misread(evaluator, network, data.view(), 64), expected);

  // Class by class, the first 64 would be of a few classes.
  Dataset sorted = data;
  std::sort(sorted.labels.begin(), sorted.labels.end());
  evaluator.predict(network, sorted.view(), predictions);
  std::size_t last = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i)
    if (predictions[i] != sorted.labels[i]) last = i;
  const auto spread = first_misread(evaluator, network, sorted.view(), 64);
  ASSERT_EQ(spread.size(), 64U);
  EXPECT_TRUE(std::is_sorted(spread.begin(), spread.end()));
  EXPECT_GT(spread.back(), last * 9 / 10);
  for (const auto i : spread) EXPECT_NE(predictions[i], sorted.labels[i]);
}

}  // namespace
}  // namespace scrawl::contact_sheet_test
