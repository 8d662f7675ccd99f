#include "synth/other_marks.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace scrawl::other_marks_test {
namespace {

/// A disc of 20 pixels across, of class 0.
Dataset discs() {
  Dataset data{.shape = {1, mnist_side, mnist_side}, .classes = 10};
  for (int y = 0; y < 28; ++y)
    for (int x = 0; x < 28; ++x)
      data.images.push_back((x - 14) * (x - 14) + (y - 14) * (y - 14) <= 100 ? 255 : 0);
  data.labels.push_back(0);
  return data;
}

std::size_t ink_of(const MnistImage& image) {
  return static_cast<std::size_t>(std::count_if(image.begin(), image.end(), [](auto v) { return v > 64; }));
}

TEST(OtherMarks, AreAllDrawnDifferentlyEachTime) {
  const Dataset digits = discs();
  for (std::size_t kind = 0; kind < other_marks; ++kind) {
    std::vector<MnistImage> images;
    for (std::uint32_t number = 0; number < 10; ++number) {
      Chance chance(1, 0, number);
      images.push_back(draw_other_mark(static_cast<OtherMark>(kind), chance, digits.view(), {}));
    }
    std::sort(images.begin(), images.end());
    // Of one disc there are only so many halves.
    EXPECT_GE(std::unique(images.begin(), images.end()) - images.begin(), 5) << "kind " << kind;
  }
}

TEST(OtherMarks, AHalfHasLessInkThanTheDigit) {
  const Dataset digits = discs();
  MnistImage whole;
  std::copy(digits.images.begin(), digits.images.end(), whole.begin());
  std::size_t smaller = 0;
  for (std::uint32_t number = 0; number < 40; ++number) {
    Chance chance(2, 0, number);
    const auto half = draw_other_mark(OtherMark::half, chance, digits.view(), {});
    EXPECT_GT(ink_of(half), 0U);
    smaller += ink_of(half) < ink_of(whole) * 3 / 4 ? 1 : 0;  // others are enlarged again
  }
  EXPECT_GT(smaller, 20U);
}

TEST(OtherMarks, AGroupIsWiderThanHigh) {
  const Dataset digits = discs();
  for (std::uint32_t number = 0; number < 20; ++number) {
    Chance chance(3, 0, number);
    const auto group = draw_other_mark(OtherMark::group, chance, digits.view(), {});
    std::size_t rows = 0;
    std::size_t columns = 0;
    for (std::size_t i = 0; i < mnist_side; ++i) {
      bool row = false;
      bool column = false;
      for (std::size_t k = 0; k < mnist_side; ++k) {
        row = row || group[i * mnist_side + k] > 64;
        column = column || group[k * mnist_side + i] > 64;
      }
      rows += row ? 1 : 0;
      columns += column ? 1 : 0;
    }
    EXPECT_GT(columns, rows);
  }
}

TEST(OtherMarks, WithoutDigitsAndFontsLettersTakeTheirPlace) {
  for (const OtherMark mark : {OtherMark::half, OtherMark::group, OtherMark::printed_letter}) {
    Chance chance(4, 0, 0);
    Chance same(4, 0, 0);
    EXPECT_EQ(draw_other_mark(mark, chance, {}, {}), draw_other_mark(OtherMark::letter, same, {}, {}));
  }
}

}  // namespace
}  // namespace scrawl::other_marks_test
