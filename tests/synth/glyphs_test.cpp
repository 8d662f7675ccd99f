#include "synth/glyphs.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace scrawl::glyphs_test {
namespace {

TEST(Glyphs, AreWellFormedAndInsideTheirBox) {
  for (const auto glyphs : {digit_glyphs(), letter_glyphs()})
    for (const Glyph& glyph : glyphs)
      for (const Stroke& stroke : parse_strokes(glyph.shape)) {
        EXPECT_GE(stroke.points.size(), 2U) << glyph.name << ": " << glyph.shape;
        for (const PenPoint p : stroke.points) {
          EXPECT_TRUE(p.x >= 0 && p.x <= 10 && p.y >= 0 && p.y <= 10) << glyph.name << ": " << glyph.shape;
        }
      }
}

TEST(Glyphs, HaveEachDigitInSeveralWays) {
  for (char digit = '0'; digit <= '9'; ++digit) {
    std::size_t ways = 0;
    for (const Glyph& glyph : digit_glyphs()) ways += glyph.name == std::string(1, digit) ? 1 : 0;
    EXPECT_GE(ways, 2U) << digit;
  }
}

TEST(Glyphs, LettersAreNoneThatLookLikeDigits) {
  const std::set<std::string_view> digits_in_shape = {"O", "o", "l", "I", "Z", "z",
                                                      "S", "s", "B", "b", "q", "g"};
  for (const Glyph& glyph : letter_glyphs()) EXPECT_FALSE(digits_in_shape.contains(glyph.name)) << glyph.name;
}

TEST(Glyphs, AreWrittenDifferentlyWithEachNumberAndTheSameForOne) {
  const Glyph& glyph = digit_glyphs()[0];
  Chance first(1, 0, 0);
  Chance again(1, 0, 0);
  Chance second(1, 0, 1);
  const GreyImage image = write_glyph(glyph, first);
  EXPECT_EQ(image.pixels, write_glyph(glyph, again).pixels);
  EXPECT_NE(image.pixels, write_glyph(glyph, second).pixels);
}

}  // namespace
}  // namespace scrawl::glyphs_test
