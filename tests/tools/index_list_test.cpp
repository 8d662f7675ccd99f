#include "index_list.h"

#include "testing.h"

#include <string>

#include <gtest/gtest.h>

namespace scrawl::tool {
namespace {

using Indices = std::vector<std::size_t>;
using test::mentions;

Indices parsed(std::string_view text) { return parse_indices(text, 100, 30, "digits (test)"); }
Error refused(const std::string& text) {
  return test::error_of([&] { parsed(text); });
}

TEST(IndexList, TakesNumbersAndRangesWithBothEnds) {
  EXPECT_EQ(parsed("3"), (Indices{3}));
  EXPECT_EQ(parsed("7..7"), (Indices{7}));
  EXPECT_EQ(parsed("97..99"), (Indices{97, 98, 99}));
  EXPECT_EQ(parsed("5,1,9..12, 1"), (Indices{5, 1, 9, 10, 11, 12, 1}));
  EXPECT_EQ(parsed("0..29").size(), 30U);
}

TEST(IndexList, RefusesOtherText) {
  for (const char* text : {"", ",", "1,", "x", "-1", "1..", "..3", "1...3", "1..2..3", "0x1", "1-3", "1.5",
                           "99999999999999999999999", "+1"})
    EXPECT_TRUE(mentions(refused(text), {"--index", "0..24"})) << text;
  EXPECT_TRUE(mentions(refused("1\x1b[2J"), {"\\x1b"}));
  EXPECT_LT(refused(std::string(100'000, 'x')).message().size(), 300U);
}

TEST(IndexList, RefusesImagesThatAreNotThere) {
  EXPECT_TRUE(mentions(refused("100"), {"no image 100", "digits (test)", "0 to 99"}));
  EXPECT_TRUE(mentions(refused("3,90..100"), {"no image 100"}));
  EXPECT_TRUE(mentions(refused("0..18446744073709551615"), {"no image 18446744073709551615"}));
}

TEST(IndexList, RefusesBackwardAndHugeRanges) {
  EXPECT_TRUE(mentions(refused("9..3"), {"9..3", "backwards", "3..9"}));
  EXPECT_TRUE(mentions(refused("0..30"), {"more than 30"}));
  EXPECT_TRUE(mentions(refused("0..20,0..20"), {"more than 30"}));
  EXPECT_EQ(refused("0..30").code(), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace scrawl::tool
