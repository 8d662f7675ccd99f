#include "draw.h"

#include "testing.h"

#include <utility>

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

TEST(Draw, TakesAnotherWidthAndNamesIt) {
  const std::vector<std::uint8_t> image(784, 255);
  for (const std::size_t most : {1, 7, 10, 27, 28, 100})
    EXPECT_EQ(draw(image, {1, 28, 28}, Shades::ascii, most)[0].size(), drawn_columns({1, 28, 28}, most));
  EXPECT_EQ(drawn_columns({1, 28, 28}, 27), 14U);
  EXPECT_EQ(drawn_columns({1, 28, 28}), 28U);
}

TEST(SideBySide, PutsCaptionsAboveAndTwoSpacesBetween) {
  const std::vector<Piece> pieces = {{.caption = "4", .lines = {"abc", "d  "}},
                                     {.caption = "9 as 7", .marked = true, .lines = {"ABC", "  D"}},
                                     {.caption = "", .lines = {"x  ", "   "}}};
  EXPECT_EQ(side_by_side(pieces, 3), (Lines{"4    9 a", "abc  ABC  x", "d      D"}));
  EXPECT_TRUE(side_by_side({}, 3).empty());
}

TEST(TerminalColumns, AreThoseOfTheEnvironment) {
  for (const auto& [text, columns] :
       {std::pair<const char*, std::size_t>{"132", 132}, {"1", 1}, {"99999999", 10000}}) {
    const test::EnvironmentGuard guard("COLUMNS", text);
    EXPECT_EQ(terminal_columns(), columns) << text;
  }
  const test::EnvironmentGuard unset("COLUMNS", std::nullopt);
  const std::size_t otherwise = terminal_columns();
  EXPECT_GT(otherwise, 0U);
  for (const char* text : {"", "0", "-3", "wide", "80x", "99999999999999999999999"}) {
    const test::EnvironmentGuard guard("COLUMNS", text);
    EXPECT_EQ(terminal_columns(), otherwise) << text;
  }
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
