#include "scrawl/error.h"
#include "scrawl/synth.h"

#include "image/mnist_form.h"
#include "testing.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace scrawl::draw_digits_test {
namespace {

/// Ten images of vertical bars, as MNIST has them.
Dataset bars() {
  Dataset data{.shape = {1, mnist_side, mnist_side}, .classes = 10};
  for (std::size_t i = 0; i < 10; ++i) {
    std::vector<std::uint8_t> image(mnist_side * mnist_side);
    for (std::size_t y = 4; y < 24; ++y)
      for (std::size_t x = 12; x < 14 + i % 3; ++x) image[y * mnist_side + x] = 255;
    data.images.insert(data.images.end(), image.begin(), image.end());
    data.labels.push_back(static_cast<std::uint8_t>(i));
  }
  return data;
}

TEST(DrawDigits, HasEqualSharesOfDigitsInMnistsForm) {
  const Dataset drawn = draw_digits({.digits = 200});
  ASSERT_EQ(drawn.size(), 200U);
  EXPECT_EQ(drawn.classes, 10U);
  EXPECT_TRUE(drawn.class_names.empty());
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    EXPECT_EQ(drawn.labels[i], i % 10);
    const auto image = drawn.view().image(i);
    EXPECT_TRUE(box_in_mnist_form({mnist_side, mnist_side, mnist_side, image.data()})) << "digit " << i;
  }
}

TEST(DrawDigits, OthersAreTheLastClass) {
  const Dataset source = bars();
  const Dataset drawn = draw_digits({.digits = 10, .others = 80}, source.view());
  EXPECT_EQ(drawn.classes, 11U);
  EXPECT_EQ(drawn.class_names.back(), "none");
  EXPECT_EQ(std::count(drawn.labels.begin(), drawn.labels.end(), 10), 80);
}

TEST(DrawDigits, TheSeedSaysEverything) {
  const Dataset source = bars();
  const DrawnDigits what{.seed = 3, .digits = 20, .others = 40};
  const Dataset drawn = draw_digits(what, source.view());
  EXPECT_EQ(drawn.images, draw_digits(what, source.view()).images);
  EXPECT_NE(drawn.images, draw_digits({.seed = 4, .digits = 20, .others = 40}, source.view()).images);
  // The same bits with every compiler, on every machine.
  EXPECT_EQ(draw_digits({.seed = 3, .digits = 100, .others = 160}, source.view()).sha256,
            "78dc75c6d60cd931a0f7ce419e3dbed3092d6beecc97327f6d1f842339c2122d");
  // More images begin with the same ones.
  const Dataset more = draw_digits({.seed = 3, .digits = 30}, source.view());
  EXPECT_TRUE(std::equal(drawn.images.begin(), drawn.images.begin() + 20 * 784, more.images.begin()));
}

TEST(DrawDigits, RefusesASourceOfAnotherSize) {
  Dataset source{.shape = {1, 8, 8}, .classes = 10, .images = std::vector<std::uint8_t>(64), .labels = {0}};
  EXPECT_TRUE(
      test::mentions(test::error_of([&] { draw_digits({.others = 1}, source.view()); }), {"28x28", "8x8"}));
}

TEST(AddOtherMarks, PutsThemBehindTheDigitsOfASet) {
  Dataset data = draw_digits({.digits = 20});
  const Dataset before = data;
  add_other_marks(data, 16, 3);
  ASSERT_EQ(data.size(), 36U);
  EXPECT_EQ(data.classes, 11U);
  EXPECT_EQ(data.class_names.back(), no_digit);
  EXPECT_TRUE(std::equal(before.images.begin(), before.images.end(), data.images.begin()));
  EXPECT_EQ(std::count(data.labels.begin() + 20, data.labels.end(), 10), 16);
  EXPECT_NE(data.sha256, before.sha256);
  add_other_marks(data, 4);  // the class is there already
  EXPECT_EQ(data.classes, 11U);
}

}  // namespace
}  // namespace scrawl::draw_digits_test
