#include "image/text_drawing.h"

#include <string>

#include <gtest/gtest.h>

namespace scrawl::text_drawing_test {
namespace {

constexpr Colour paper = {250, 240, 230};
constexpr Colour ink = {10, 20, 30};

ColourImage drawn(const TextDrawing& text, std::string_view words, std::size_t left = 10,
                  std::size_t top = 20) {
  ColourImage image = ColourImage::filled(200, 60, paper);
  text.draw(image, words, left, top, ink);
  return image;
}

TEST(TextDrawing, DrawsInsideTheBoxThatItNames) {
  const TextDrawing text;
  const std::string words = "Hg 4%";
  const ColourImage image = drawn(text, words);
  bool inked = false;
  for (std::size_t y = 0; y < image.height; ++y)
    for (std::size_t x = 0; x < image.width; ++x) {
      const bool inside = x >= 10 && x < 10 + text.width(words) && y >= 20 && y < 20 + text.line_height();
      ASSERT_TRUE(inside || image.at(x, y) == paper) << x << ", " << y;
      inked |= image.at(x, y) == ink;
    }
  EXPECT_TRUE(inked);
}

TEST(TextDrawing, EveryPrintableCharacterHasItsOwnLook) {
  const TextDrawing text;
  for (char c = '!'; c < '~'; ++c)
    EXPECT_NE(drawn(text, std::string(1, c)), drawn(text, std::string(1, static_cast<char>(c + 1)))) << c;
  EXPECT_EQ(drawn(text, " "), drawn(text, ""));
}

TEST(TextDrawing, LargeLettersAreLarger) {
  const TextDrawing normal;
  const TextDrawing large(TextDrawing::Size::large);
  EXPECT_GT(large.line_height(), normal.line_height());
  EXPECT_GT(large.width("digits"), normal.width("digits"));
}

TEST(TextDrawing, LeavesOutWhatLiesOutside) {
  const TextDrawing text;
  EXPECT_EQ(drawn(text, "8", 200, 20), drawn(text, ""));
  EXPECT_EQ(drawn(text, "8", 20, 60), drawn(text, ""));
  EXPECT_NE(drawn(text, "8", 195, 50), drawn(text, ""));
  drawn(text, std::string(100'000, 'M'));
  EXPECT_EQ(text.width(std::string(100'000, 'M')), text.width(std::string(1000, 'M')));
}

TEST(TextDrawing, FitsTextIntoAWidth) {
  const TextDrawing text;
  const std::string words = "T-shirt/top read as Pullover";
  EXPECT_EQ(text.fitted(words, 1000), words);
  EXPECT_EQ(text.fitted(words, text.width(words)), words);
  std::size_t former = 0;
  for (std::size_t width = 0; width < text.width(words); ++width) {
    const std::string cut = text.fitted(words, width);
    EXPECT_LE(text.width(cut), width);
    EXPECT_GE(cut.size(), former);
    former = cut.size();
    EXPECT_TRUE(cut.empty() || cut.ends_with("...")) << cut;
  }
  EXPECT_GT(former, 20U);
  EXPECT_EQ(text.fitted("", 0), "");
}

}  // namespace
}  // namespace scrawl::text_drawing_test
