#include "base/utf8.h"

#include "testing.h"

namespace scrawl::utf8_test {
namespace {

TEST(Utf8, CharactersOfEachLength) {
  EXPECT_EQ(first_character("a").code, U'a');
  EXPECT_EQ(first_character("é!").bytes, 2U);
  EXPECT_EQ(first_character("猫").code, U'猫');
  EXPECT_EQ(first_character("\xf0\x9f\x90\xb1").code, U'\U0001f431');
}

TEST(Utf8, RefusesWhatIsNotWellFormed) {
  for (const char* text :
       {"\x80", "\xc0\x80", "\xe9", "\xe7\x8c", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "\xc3("})
    EXPECT_EQ(first_character(text).bytes, 0U) << as_utf8(text);
}

TEST(Utf8, EscapesOtherBytesAlone) {
  EXPECT_EQ(as_utf8("猫 café"), "猫 café");
  EXPECT_EQ(as_utf8("caf\xe9"), "caf\\xe9");
  EXPECT_EQ(as_utf8("\xc3\xa8\xff\xe7\x8c"), "è\\xff\\xe7\\x8c");
  EXPECT_EQ(as_utf8(std::string_view("\0\n", 2)), std::string_view("\0\n", 2)) << "these are UTF-8";
  EXPECT_EQ(as_utf8(""), "");
}

}  // namespace
}  // namespace scrawl::utf8_test
