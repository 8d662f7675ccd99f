#include "scrawl/dataset.h"
#include "scrawl/recognizer.h"

#include "image/drawing.h"
#include "image/resample.h"
#include "recognize/mnist_testing.h"
#include "testing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <string>

// Where a digit lies in its picture, how large it is and which of the two is dark must not matter. On digits
// of MNIST, skipped where it is not there.
namespace scrawl::placed_digits_test {
namespace {

using test::invert;
using test::plain;

/// The digit without the black around it.
GreyImage cropped(std::span<const std::uint8_t> digit) {
  std::size_t left = 28, right = 0, top = 28, bottom = 0;
  for (std::size_t i = 0; i < digit.size(); ++i)
    if (digit[i] > 0) {
      left = std::min(left, i % 28);
      right = std::max(right, i % 28 + 1);
      top = std::min(top, i / 28);
      bottom = i / 28 + 1;
    }
  const GreyImage whole{28, 28, {digit.begin(), digit.end()}};
  GreyImage part = plain(right - left, bottom - top, 0);
  for (std::size_t y = 0; y < part.height; ++y)
    std::copy_n(&whole.pixels[(top + y) * 28 + left], part.width, &part.pixels[y * part.width]);
  return part;
}

GreyImage enlarged(const GreyImage& digit, double factor) {
  const auto size = [&](std::size_t length) {
    return static_cast<std::size_t>(std::lround(static_cast<double>(length) * factor));
  };
  return scaled(digit, {.width = digit.width, .height = digit.height}, size(digit.width), size(digit.height));
}

/// The digit on a picture of this size, with its upper left corner at (x, y).
GreyImage placed(const GreyImage& digit, std::size_t width, std::size_t height, std::size_t x,
                 std::size_t y) {
  GreyImage picture = plain(width, height, 0);
  for (std::size_t row = 0; row < digit.height; ++row)
    std::copy_n(&digit.pixels[row * digit.width], digit.width, &picture.pixels[(y + row) * width + x]);
  return picture;
}

class PlacedDigits : public test::WithMnist {
 protected:
  bool reads(const GreyImage& picture, std::size_t label) const {
    const Reading reading = recognizer.read(picture);
    return !reading.lines.empty() && reading.lines[0].text == std::to_string(label);
  }

  Recognizer recognizer;
};

TEST_F(PlacedDigits, TheMarginOfACropDoesNotMatter) {
  constexpr std::size_t count = 100;
  const DatasetView view = data.view();
  for (const double factor : {2.0, 6.0})
    for (const std::size_t margin : {0, 1, 2, 4, 8, 30})
      for (const bool is_dark : {false, true}) {
        std::size_t right = 0;
        for (std::size_t i = 0; i < count; ++i) {
          const GreyImage digit = enlarged(cropped(view.image(i)), factor);
          GreyImage picture =
              placed(digit, digit.width + 2 * margin, digit.height + 2 * margin, margin, margin);
          if (is_dark) invert(picture);
          right += reads(picture, view.labels[i]);
        }
        EXPECT_GE(right, count * 98 / 100) << factor << " times, margin " << margin << ", dark " << is_dark;
      }
}

TEST_F(PlacedDigits, BordersAndCornersDoNotMatter) {
  constexpr std::size_t count = 300;
  const DatasetView view = data.view();
  for (const std::size_t side : {28, 100}) {
    std::size_t right = 0, all = 0, lost = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const GreyImage digit = enlarged(cropped(view.image(i)), static_cast<double>(side) / 28);
      const std::size_t x = side - digit.width;
      const std::size_t y = side - digit.height;
      const bool in_the_middle = reads(placed(digit, side, side, x / 2, y / 2), view.labels[i]);
      for (const std::size_t left : {std::size_t{0}, x / 2, x})
        for (const std::size_t top : {std::size_t{0}, y / 2, y}) {
          if (left == x / 2 && top == y / 2) continue;
          const bool is_right = reads(placed(digit, side, side, left, top), view.labels[i]);
          ++all;
          right += is_right;
          lost += in_the_middle && !is_right;
        }
    }
    EXPECT_GE(right, all * 98 / 100) << side;
    EXPECT_LE(lost, all * 3 / 1000) << side;
  }
}

TEST_F(PlacedDigits, ANegativeOf28x28ReadsExactlyAsItsPositive) {
  const DatasetView view = data.view();
  for (std::size_t i = 0; i < 2000; ++i) {
    GreyImage picture{28, 28, {view.image(i).begin(), view.image(i).end()}};
    const Digit positive = recognizer.read(picture).lines.at(0).digits.at(0);
    invert(picture);
    const Digit negative = recognizer.read(picture).lines.at(0).digits.at(0);
    ASSERT_EQ(negative.probabilities, positive.probabilities) << i;
    ASSERT_EQ(negative.box, positive.box) << i;
  }
}

TEST_F(PlacedDigits, ANegativeReadsAsItsPositive) {
  const DatasetView view = data.view();
  std::mt19937 generator(11);
  const auto below = [&](std::size_t end) { return generator() % end; };
  for (std::size_t i = 0; i < 300; ++i) {
    const GreyImage digit = enlarged(cropped(view.image(i)), 1 + static_cast<double>(below(60)) / 10);
    const std::size_t left = below(40), top = below(40);
    GreyImage picture =
        placed(digit, left + digit.width + below(40), top + digit.height + below(40), left, top);
    const auto ink = static_cast<int>(90 + below(120));
    for (auto& pixel : picture.pixels) pixel = static_cast<std::uint8_t>(20 + ink * pixel / 255);
    test::shade(picture, static_cast<double>(below(30)), static_cast<double>(below(30)));
    test::add_noise(picture, static_cast<double>(below(8)), static_cast<std::uint32_t>(generator()));
    const Reading positive = recognizer.read(picture);
    invert(picture);
    const Reading negative = recognizer.read(picture);
    ASSERT_EQ(negative.lines.size(), positive.lines.size()) << i;
    if (!positive.lines.empty()) {
      EXPECT_EQ(negative.lines[0].text, positive.lines[0].text) << i;
    }
  }
}

TEST_F(PlacedDigits, NearlyMnistsFormIsNotEnough) {
  // In the middle of 28x28 by its box, where MNIST has the centre of mass.
  constexpr std::size_t count = 500;
  const DatasetView view = data.view();
  std::size_t right = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const GreyImage digit = cropped(view.image(i));
    right += reads(placed(digit, 28, 28, (28 - digit.width) / 2, (28 - digit.height) / 2), view.labels[i]);
  }
  EXPECT_GE(right, count * 98 / 100);
}

TEST_F(PlacedDigits, SmallDigitsOnLargePagesAreFound) {
  constexpr std::size_t count = 8;
  const DatasetView view = data.view();
  std::mt19937 generator(3);
  for (const double height : {12.0, 20.0})
    for (const int contrast : {200, 60, 20})
      for (const bool is_dark : {true, false}) {
        std::size_t right = 0;
        for (std::size_t i = 0; i < count; ++i) {
          const GreyImage digit = enlarged(cropped(view.image(i)), height / 20);
          GreyImage picture = placed(digit, 1000, 1400, 10 + generator() % 950, 10 + generator() % 1350);
          for (auto& pixel : picture.pixels) pixel = static_cast<std::uint8_t>(20 + contrast * pixel / 255);
          if (is_dark) invert(picture);
          right += reads(picture, view.labels[i]);
        }
        EXPECT_GE(right, count - 1) << height << " pixels, contrast " << contrast << ", dark " << is_dark;
      }
}

}  // namespace
}  // namespace scrawl::placed_digits_test
