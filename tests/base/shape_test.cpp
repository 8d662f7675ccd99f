#include "scrawl/arrays.h"

#include "testing.h"

namespace scrawl::shape_test {
namespace {

using test::error_of;
using test::mentions;

TEST(Shape, ReadsTheThreeForms) {
  EXPECT_EQ(parse_shape("784"), (Shape{1, 1, 784}));
  EXPECT_EQ(parse_shape("28x20"), (Shape{1, 28, 20}));
  EXPECT_EQ(parse_shape("3x32x16"), (Shape{3, 32, 16}));
  EXPECT_EQ(parse_shape("3x32x16").size(), 3U * 32 * 16);
  EXPECT_EQ(parse_shape("16777216").width, std::size_t{1} << 24);
}

TEST(Shape, WritesTheShortestForm) {
  for (const char* text : {"1", "784", "28x28", "28x1", "3x32x32", "3x1x32", "2x1x1"})
    EXPECT_EQ(to_string(parse_shape(text)), text);
  EXPECT_EQ(to_string(parse_shape("1x28x28")), "28x28");
  EXPECT_EQ(to_string(parse_shape("1x1x9")), "9");
}

TEST(Shape, RefusesEverythingElse) {
  for (const char* text : {"",
                           "x",
                           "28x",
                           "x28",
                           "28xx28",
                           "0",
                           "28x0",
                           "-3",
                           "+3",
                           " 28",
                           "28 ",
                           "28X28",
                           "2.5",
                           "1x1x1x1",
                           "28x28x",
                           "16777217",
                           "4097x4096",
                           "4097x64x64",
                           "99999999999999999999",
                           "16777216x16777216x16777216"}) {
    const auto error = error_of([&] { parse_shape(text); });
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument) << text;
    EXPECT_TRUE(mentions(error, {std::string("'") + text + "'", "28x28"})) << text;
  }
}

}  // namespace
}  // namespace scrawl::shape_test
