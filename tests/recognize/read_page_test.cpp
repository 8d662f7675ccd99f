#include "recognize/read_page.h"

#include "scrawl/recognizer.h"

#include "image/drawing.h"
#include "image/resample.h"
#include "recognize/mnist_testing.h"

#include <cmath>
#include <random>
#include <string>
#include <vector>

// Pages that are put together from MNIST's test images. Skipped where they are not there.
namespace scrawl::read_page_test {
namespace {

constexpr std::size_t cell = 64;  // pixels from one digit to the next

class ReadPage : public test::WithMnist {
 protected:
  /// A page of dark digits in rows, one after the other of the test images from `first` on.
  struct Composed {
    GreyImage picture;
    std::vector<std::string> rows;
    std::vector<Box> boxes;
  };

  Composed compose(std::size_t rows, std::size_t columns, std::size_t first = 0,
                   bool is_ruled = false) const {
    const DatasetView view = data.view();
    Composed page{
        .picture = test::plain(columns * cell + 80, rows * (cell + 16) + 80, 225), .rows = {}, .boxes = {}};
    for (std::size_t row = 0; row < rows; ++row) {
      page.rows.emplace_back();
      for (std::size_t column = 0; column < columns; ++column) {
        const std::size_t i = first + row * columns + column;
        const auto image = view.image(i);
        const GreyImage large =
            scaled({28, 28, {image.begin(), image.end()}}, {.width = 28, .height = 28}, 50, 50);
        page.rows.back() += std::to_string(view.labels[i]);
        Box box{.x = 9999, .y = 9999};
        std::size_t right = 0, bottom = 0;
        for (std::size_t y = 0; y < 50; ++y)
          for (std::size_t x = 0; x < 50; ++x) {
            const std::size_t px = 40 + column * cell + 7 + x;
            const std::size_t py = 40 + row * (cell + 16) + 15 + y;
            const std::uint8_t value = large.pixels[y * 50 + x];
            page.picture.pixels[py * page.picture.width + px] =
                static_cast<std::uint8_t>(225 - value * 180 / 255);
            if (value < 128) continue;
            box.x = std::min(box.x, px), box.y = std::min(box.y, py);
            right = std::max(right, px), bottom = std::max(bottom, py);
          }
        box.width = right + 1 - box.x;
        box.height = bottom + 1 - box.y;
        page.boxes.push_back(box);
      }
    }
    if (is_ruled) {
      for (std::size_t row = 0; row <= rows; ++row)
        test::fill(page.picture,
                   {.x = 40, .y = 40 + row * (cell + 16), .width = columns * cell + 3, .height = 3}, 80);
      for (std::size_t column = 0; column <= columns; ++column)
        test::fill(page.picture, {.x = 40 + column * cell, .y = 40, .width = 3, .height = rows * (cell + 16)},
                   80);
    }
    return page;
  }

  static GreyImage quarter_turned(const GreyImage& picture) {
    GreyImage result = test::plain(picture.height, picture.width, 0);
    for (std::size_t y = 0; y < picture.height; ++y)
      for (std::size_t x = 0; x < picture.width; ++x)
        result.pixels[x * result.width + picture.height - 1 - y] = picture.pixels[y * picture.width + x];
    return result;
  }

  static std::size_t count_right(const Reading& reading, const std::vector<std::string>& rows) {
    std::size_t right = 0;
    for (std::size_t row = 0; row < std::min(rows.size(), reading.lines.size()); ++row)
      for (std::size_t i = 0; i < std::min(rows[row].size(), reading.lines[row].text.size()); ++i)
        right += rows[row][i] == reading.lines[row].text[i];
    return right;
  }

  Recognizer recognizer;
};

TEST_F(ReadPage, ReadsLinesAndSaysWhereTheirDigitsAre) {
  const Composed page = compose(5, 20);
  const Reading reading = recognizer.read(page.picture);
  ASSERT_EQ(reading.lines.size(), 5U);
  EXPECT_GE(count_right(reading, page.rows), 98U);
  std::size_t i = 0;
  std::size_t elsewhere = 0;  // a digit of which a part was read
  for (const Line& line : reading.lines) {
    ASSERT_EQ(line.digits.size(), 20U);
    for (const Digit& digit : line.digits) {
      const Box& box = page.boxes[i++];
      const auto off = [](std::size_t a, std::size_t b) { return (a > b ? a - b : b - a) > 4; };
      elsewhere += off(digit.box.x, box.x) || off(digit.box.y, box.y) || off(digit.box.width, box.width) ||
                   off(digit.box.height, box.height);
    }
  }
  EXPECT_LE(elsewhere, 1U);
  EXPECT_EQ(reading.rotation, 0);
}

TEST_F(ReadPage, AColumnHasALineForEachDigit) {
  const Composed page = compose(8, 1, 100);
  const Reading reading = recognizer.read(page.picture);
  EXPECT_EQ(reading.lines.size(), 8U);
  EXPECT_GE(count_right(reading, page.rows), 7U);
}

TEST_F(ReadPage, FindsOutHowThePageLies) {
  const Composed page = compose(4, 10, 200);
  GreyImage picture = page.picture;
  for (const int rotation : {0, 270, 180, 90}) {
    const Reading reading = recognizer.read(picture);
    EXPECT_EQ(reading.rotation, rotation);
    EXPECT_GE(count_right(reading, page.rows), 38U) << rotation;
    picture = quarter_turned(picture);
  }
}

TEST_F(ReadPage, BrightInkOnADarkGroundIsReadToo) {
  Composed page = compose(3, 10, 300);
  test::invert(page.picture);
  EXPECT_GE(count_right(recognizer.read(page.picture), page.rows), 29U);
}

TEST_F(ReadPage, ATableHasCells) {
  const Composed page = compose(3, 6, 400, true);
  const Reading reading = recognizer.read(page.picture);
  ASSERT_EQ(reading.grids.size(), 1U);
  ASSERT_EQ(reading.grids[0].cells.size(), 3U);
  std::size_t right = 0;
  for (std::size_t row = 0; row < 3; ++row) {
    ASSERT_EQ(reading.grids[0].cells[row].size(), 6U);
    for (std::size_t column = 0; column < 6; ++column)
      right += reading.grids[0].cells[row][column] == std::string(1, page.rows[row][column]);
  }
  EXPECT_GE(right, 17U);
  EXPECT_GE(count_right(reading, page.rows), 17U);
}

TEST_F(ReadPage, WhatHoldsNoNumberGivesNone) {
  GreyImage picture = test::plain(700, 500, 220);
  EXPECT_TRUE(recognizer.read(picture).lines.empty());
  test::add_noise(picture, 8, 1);
  EXPECT_TRUE(recognizer.read(picture).lines.empty());
  for (std::size_t y = 60; y < 500; y += 60)
    test::fill(picture, {.x = 0, .y = y, .width = 700, .height = 3}, 120);
  EXPECT_TRUE(recognizer.read(picture).lines.empty());
  for (std::size_t x = 70; x < 700; x += 90)
    test::fill(picture, {.x = x, .y = 0, .width = 3, .height = 500}, 120);
  EXPECT_TRUE(recognizer.read(picture).lines.empty());
}

}  // namespace
}  // namespace scrawl::read_page_test
