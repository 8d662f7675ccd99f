#include "synth/font.h"

#include "scrawl/error.h"

#include "base/files.h"
#include "testing.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace scrawl::font_test {
namespace {

// Of gnuplot's own dependencies, so that it is there where plots are drawn.
const std::filesystem::path dejavu = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";

TEST(Font, HasTheDigitsAtHeightOne) {
  if (!std::filesystem::exists(dejavu)) GTEST_SKIP() << "needs the package fonts-dejavu-core";
  const Font font(dejavu);
  ASSERT_NE(font.outlines('1'), nullptr);
  ASSERT_EQ(font.outlines('8')->size(), 3U);  // two holes
  float top = 0;
  for (const auto& outline : *font.outlines('1'))
    for (const PenPoint p : outline) top = std::min(top, p.y);
  EXPECT_NEAR(top, -1, 0.1);
}

TEST(Font, PrintsWhatCanBeSeen) {
  if (!std::filesystem::exists(dejavu)) GTEST_SKIP() << "needs the package fonts-dejavu-core";
  const Font font(dejavu);
  Chance chance(1, 0, 0);
  const GreyImage image = font.print('0', chance);
  const auto inked = std::count_if(image.pixels.begin(), image.pixels.end(), [](auto v) { return v > 127; });
  EXPECT_GT(inked, 300);
  EXPECT_LT(inked, 5000);
  EXPECT_LT(image.pixels[image.width * 48 + 48], 128);  // the hole
}

TEST(Font, RefusesWhatIsNone) {
  test::TempFolder folder;
  write_file(folder / "a.ttf", "no font");
  EXPECT_TRUE(test::mentions(test::error_of([&] { Font font(folder / "a.ttf"); }), {"a.ttf", "TrueType"}));
  EXPECT_TRUE(test::mentions(test::error_of([&] { Font font(folder / "b.ttf"); }), {"b.ttf"}));
}

}  // namespace
}  // namespace scrawl::font_test
