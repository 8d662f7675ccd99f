#include "show.h"

#include <gtest/gtest.h>

namespace scrawl::tool {
namespace {

using Lines = std::vector<std::string>;

TEST(Draw, PutsTwoRowsOfPixelsIntoALine) {
  const std::vector<std::uint8_t> image = {0, 255, 255,  //
                                           0, 255, 0,    //
                                           0, 0,   255};
  EXPECT_EQ(draw(image, {1, 3, 3}, Shades::ascii), (Lines{" @+", "  +"}));
  EXPECT_EQ(draw(image, {1, 3, 3}, Shades::blocks)[0],
            "\033[38;5;232;48;5;232m\xe2\x96\x80\033[38;5;255;48;5;255m\xe2\x96\x80"
            "\033[38;5;255;48;5;232m\xe2\x96\x80\033[0m");
}

TEST(Draw, AveragesChannelsAndTakesVectors) {
  EXPECT_EQ(draw(std::vector<std::uint8_t>{0, 255, 255, 255}, {2, 1, 2}, Shades::ascii), (Lines{"+@"}));
  EXPECT_EQ(draw(std::vector<std::uint8_t>{0, 128, 255}, {1, 1, 3}, Shades::ascii), (Lines{" +@"}));
}

TEST(Draw, MakesWidePicturesSmaller) {
  const auto lines = draw(std::vector<std::uint8_t>(std::size_t{201} * 31, 255), {1, 31, 201}, Shades::ascii);
  EXPECT_EQ(lines.size(), 6U);  // 11 rows of 3 x 3 pixels
  EXPECT_EQ(lines[0], std::string(67, '@'));
}

TEST(Bar, IsInProportion) {
  EXPECT_EQ(bar(0, 10), "");
  EXPECT_EQ(bar(0.04, 10), "");
  EXPECT_EQ(bar(0.26, 10), "###");
  EXPECT_EQ(bar(1, 10), std::string(10, '#'));
  EXPECT_EQ(bar(std::stod("nan"), 10), "");
  EXPECT_EQ(bar(1e30, 10), "");
}

}  // namespace
}  // namespace scrawl::tool
