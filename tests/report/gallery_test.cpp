#include "report/gallery.h"

#include "scrawl/error.h"

#include "base/files.h"
#include "image/png.h"
#include "report/sheet.h"
#include "testing.h"

#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace scrawl::gallery_test {
namespace {

using test::error_of;
using test::mentions;
using Pixels = std::vector<std::uint8_t>;

constexpr std::size_t margin = 16;
constexpr std::size_t above = 23;  // a caption's line and the gap below it

Colour grey(std::uint8_t value) { return {value, value, value}; }

/// 0, 1, 2 ... from `first` on.
Pixels counted(std::size_t count, std::uint8_t first = 0) {
  Pixels pixels(count);
  std::iota(pixels.begin(), pixels.end(), first);
  return pixels;
}

/// Pixels other than the paper in a part of the picture.
std::size_t inked(const ColourImage& image, std::size_t left, std::size_t top, std::size_t width,
                  std::size_t height) {
  std::size_t count = 0;
  for (std::size_t y = top; y < top + height; ++y)
    for (std::size_t x = left; x < left + width; ++x) count += image.at(x, y) == Sheet::paper ? 0 : 1;
  return count;
}

bool contains_colour(const ColourImage& image, const Colour& colour) {
  for (std::size_t y = 0; y < image.height; ++y)
    for (std::size_t x = 0; x < image.width; ++x)
      if (image.at(x, y) == colour) return true;
  return false;
}

TEST(Gallery, PutsEveryPixelInItsPlace) {
  const Shape shape{1, 28, 28};
  std::vector<Pixels> images;
  std::vector<Tile> tiles;
  for (std::uint8_t i = 0; i < 7; ++i) images.push_back(counted(784, static_cast<std::uint8_t>(i * 31)));
  for (const auto& image : images) tiles.push_back({image, "", false});
  const ColourImage sheet = draw_gallery(shape, tiles, 3);
  EXPECT_EQ(sheet.width, 2 * margin + 3 * 112 + 2 * 16);
  EXPECT_EQ(sheet.height, 2 * margin + 3 * (above + 112) + 2 * 18);
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const std::size_t left = margin + i % 3 * 128;
    const std::size_t top = margin + above + i / 3 * (above + 112 + 18);
    for (std::size_t y = 0; y < 112; ++y)
      for (std::size_t x = 0; x < 112; ++x)
        ASSERT_EQ(sheet.at(left + x, top + y), grey(images[i][y / 4 * 28 + x / 4]));
    EXPECT_EQ(inked(sheet, left - 8, top - above, 8, above + 112), 0U) << i;  // nothing beside it
    EXPECT_EQ(inked(sheet, left, top - above, 112, above), 0U) << i;          // no caption
  }
  EXPECT_EQ(inked(sheet, margin + 128, sheet.height - margin - above - 112, 200, above + 112), 0U);
}

TEST(Gallery, ClassesThatCannotBeDrawnAreCalledByNumber) {
  const std::vector<std::string> classes = {"7", "T-shirt/top", "\xe7\x8c\xab", "caf\xc3\xa9",
                                            "",  "a\x1b",       "~ !"};
  const std::vector<std::string> called = {"7", "T-shirt/top", "#2", "#3", "#4", "#5", "~ !"};
  for (std::size_t c = 0; c < classes.size(); ++c) EXPECT_EQ(picture_class_name(classes, c), called[c]);
  EXPECT_EQ(picture_class_name(classes, 9), "9");
  EXPECT_EQ(picture_legend(classes),
            (std::vector<std::string>{"#2: \xe7\x8c\xab", "#3: caf\xc3\xa9", "#4: ", "#5: a\\x1b"}));
  EXPECT_TRUE(picture_legend(std::vector<std::string>{"0", "1"}).empty());
}

TEST(Gallery, CaptionsStandAboveAndWrongOnesAreMarked) {
  const Pixels image(16, 7);
  const auto plain = draw_gallery({1, 4, 4}, std::vector<Tile>{{image}, {image}}, 2);
  const auto captioned = draw_gallery({1, 4, 4}, std::vector<Tile>{{image, "4"}, {image, "9 ?"}}, 2);
  ASSERT_EQ(captioned.width, plain.width);
  EXPECT_GT(inked(captioned, margin, margin, 112, above), 20U);
  EXPECT_GT(inked(captioned, margin + 128, margin, 112, above), inked(captioned, margin, margin, 112, above));
  for (std::size_t y = margin + above; y < plain.height; ++y)
    for (std::size_t x = 0; x < plain.width; ++x) ASSERT_EQ(captioned.at(x, y), plain.at(x, y));
  EXPECT_TRUE(contains_colour(captioned, Sheet::ink));
  EXPECT_FALSE(contains_colour(captioned, Sheet::warning));

  const auto marked = draw_gallery({1, 4, 4}, std::vector<Tile>{{image, "4"}, {image, "9 ?", true}}, 2);
  EXPECT_EQ(marked.at(margin + 128 - 3, margin + above - 3), Sheet::warning);
  EXPECT_EQ(marked.at(margin + 128 + 112 + 2, margin + above + 112 + 2), Sheet::warning);
  EXPECT_EQ(marked.at(margin + 128, margin + above), grey(7));  // the line lies around it
  EXPECT_EQ(inked(marked, margin - 8, margin + above, 8, 112), 0U);
}

TEST(Gallery, ColumnsGrowForWideCaptionsUpToALimit) {
  const Pixels image(784, 7);
  const auto width = [&](const std::string& caption) {
    return draw_gallery({1, 28, 28}, std::vector<Tile>{{image, caption}}, 1).width - 2 * margin;
  };
  EXPECT_EQ(width("4"), 112U);
  EXPECT_GT(width("T-shirt/top read as Coat"), 150U);
  EXPECT_EQ(width(std::string(100, 'W')), 200U);
  EXPECT_EQ(width(std::string(10'000'000, '\xff')), 200U);
}

TEST(Gallery, OtherShapes) {
  const Pixels many = counted(3 * 1000 * 500);
  const auto drawn = [&](const Shape& shape) {
    return draw_gallery(shape, std::vector<Tile>{{std::span(many).first(shape.size())}}, 4);
  };
  const ColourImage square = drawn({1, 28, 28});
  EXPECT_EQ(drawn({1, 1, 784}), square);
  const ColourImage colour = drawn({3, 2, 2});
  EXPECT_EQ(colour.at(margin, margin + above), (Colour{0, 4, 8}));
  EXPECT_EQ(colour.at(margin + 111, margin + above + 111), (Colour{3, 7, 11}));
  EXPECT_EQ(drawn({2, 2, 2}).at(margin, margin + above), grey(2));  // the mean of 0 and 4
  const ColourImage vector = drawn({1, 1, 783});                    // a strip, not a line
  EXPECT_EQ(vector.width, 2 * margin + 196);
  EXPECT_EQ(vector.height, 2 * margin + above + 12);
  EXPECT_EQ(vector.at(margin, margin + above), grey(2));  // the mean of 0 to 3, rounded
  const ColourImage large = drawn({3, 500, 1000});
  EXPECT_EQ(large.width, 2 * margin + 200);
  EXPECT_EQ(large.height, 2 * margin + above + 100);
  EXPECT_EQ(drawn({1, 1, 1}).width, 2 * margin + 112);
  EXPECT_EQ(drawn({1, 1000, 1}).width, 2 * margin + 12);
}

TEST(Gallery, HostileCaptionsAreDrawnAsQuestionMarks) {
  const Pixels image(4, 7);
  const auto drawn = [&](const std::string& caption) {
    return draw_gallery({1, 2, 2}, std::vector<Tile>{{image, caption}}, 1);
  };
  EXPECT_EQ(drawn("a\nb"), drawn("a?b"));
  EXPECT_EQ(drawn("\xe4\xb8\x83"), drawn("?"));  // one character of UTF-8
  EXPECT_EQ(drawn(std::string("\0\x1b[31m\x7f", 7)), drawn("??[31m?"));
  EXPECT_EQ(drawn("\x80\xff\xc0"), drawn("???"));
  EXPECT_NE(drawn("%s%n"), drawn("%s"));
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(drawn(all).width, 2 * margin + 200);
}

TEST(Gallery, EqualGalleriesGiveEqualFiles) {
  const test::TempFolder folder;
  const Pixels image = counted(784);
  const std::vector<Tile> tiles = {{image, "7 read as 1, 98 %", true}, {image, "2"}};
  write_gallery(folder / "a.png", {1, 28, 28}, tiles, 5);
  write_gallery(folder / "b.png", {1, 28, 28}, tiles, 5);
  const Bytes file = read_file(folder / "a.png");
  EXPECT_EQ(file, read_file(folder / "b.png"));
  EXPECT_EQ(file, encode_png(draw_gallery({1, 28, 28}, tiles, 2)));  // no more columns than images
}

TEST(Gallery, RefusesWhatItCannotDraw) {
  const Pixels image(784);
  const auto refused = [&](const Shape& shape, std::size_t count, std::size_t columns) {
    return error_of([&] { draw_gallery(shape, std::vector<Tile>(count, Tile{image, "7"}), columns); });
  };
  EXPECT_TRUE(mentions(refused({1, 28, 28}, 0, 1), {"1 to 1000", "0 were given"}));
  EXPECT_TRUE(mentions(refused({1, 28, 28}, 1001, 10), {"1 to 1000", "1001 were given"}));
  EXPECT_TRUE(mentions(refused({1, 28, 28}, 3, 0), {"at least one column"}));
  EXPECT_TRUE(mentions(refused({1, 28, 29}, 3, 1), {"image 0", "784 bytes", "28x29", "812"}));
  EXPECT_TRUE(mentions(refused({0, 28, 28}, 3, 1), {"image 0"}));
  EXPECT_TRUE(
      mentions(refused({1, 28, 28}, 1000, 1), {"1000 pictures in 1 columns", "32768", "more columns"}));
  EXPECT_TRUE(mentions(refused({1, 28, 28}, 1000, 1000), {"32768", "fewer columns"}));
  EXPECT_EQ(refused({1, 28, 28}, 1, 0).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(
      draw_gallery({1, 28, 28}, std::vector<Tile>{{image}}, std::numeric_limits<std::size_t>::max()).width,
      2 * margin + 112);
}

}  // namespace
}  // namespace scrawl::gallery_test
