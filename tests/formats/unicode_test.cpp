#include "formats/unicode.h"

#include "testing.h"

namespace scrawl::unicode_test {
namespace {

TEST(Unicode, CharactersGoThereAndBack) {
  for (const std::uint32_t code :
       {0U, 0x41U, 0x7fU, 0x80U, 0x7ffU, 0x800U, 0xd7ffU, 0xe000U, 0xffffU, 0x10000U, 0x10ffffU}) {
    std::string text;
    append_utf8(text, code);
    EXPECT_EQ(from_utf8(text), std::vector<std::uint32_t>{code}) << code;
  }
  std::string text;
  append_utf8(text, 0x732b);
  append_utf8(text, 0x1f408);
  EXPECT_EQ(text, "\xe7\x8c\xab\xf0\x9f\x90\x88");
}

TEST(Unicode, WhatIsNoCharacterIsReplacedOrRefused) {
  for (const std::uint32_t code : {0xd800U, 0xdfffU, 0x110000U, 0xffffffffU}) {
    std::string text;
    append_utf8(text, code);
    EXPECT_EQ(text, "\xef\xbf\xbd") << code;
  }
  for (const char* text :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xff", "a\xe7\x8c"})
    EXPECT_FALSE(from_utf8(text)) << text;
  EXPECT_EQ(from_utf8("")->size(), 0U);
}

TEST(Unicode, ReadsPairsOfUtf16) {
  EXPECT_EQ(from_utf16(std::string("\xff\xfe\x2b\x73\x3d\xd8\x08\xdc", 8)), "\xe7\x8c\xab\xf0\x9f\x90\x88");
  EXPECT_EQ(from_utf16(std::string("\xfe\xff\x73\x2b\xd8\x3d\xdc\x08", 8)), "\xe7\x8c\xab\xf0\x9f\x90\x88");
  EXPECT_EQ(from_utf16(std::string("\xff\xfe\x3d\xd8\x41\x00", 6)), "\xef\xbf\xbd\x41") << "half a pair";
  EXPECT_EQ(from_utf16(std::string("\xff\xfe\x08\xdc\x3d\xd8", 6)), "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(from_utf16("\xff\xfe\x41"), "") << "an odd byte";
}

}  // namespace
}  // namespace scrawl::unicode_test
