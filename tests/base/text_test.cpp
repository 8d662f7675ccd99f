#include "base/text.h"

#include "testing.h"

#include <array>
#include <charconv>

namespace scrawl {
namespace {

constexpr std::array<std::string_view, 5> words = {"train", "test", "validation", "learning_rate", "l2"};

TEST(Text, NearestFindsWhatWasMeant) {
  EXPECT_EQ(nearest("train", words), "train");
  EXPECT_EQ(nearest("tarin", words), "train") << "two neighbours swapped";
  EXPECT_EQ(nearest("tran", words), "train");
  EXPECT_EQ(nearest("validatoin", words), "validation");
  EXPECT_EQ(nearest("learningrate", words), "learning_rate");
  EXPECT_EQ(nearest("l1", words), "l2");
}

TEST(Text, NearestGivesNothingForAnotherWord) {
  EXPECT_EQ(nearest("momentum", words), "");
  EXPECT_EQ(nearest("", words), "");
  EXPECT_EQ(nearest("train", {}), "");
}

TEST(Text, NearestPrefersTheCloserAndThenTheFirst) {
  constexpr std::array<std::string_view, 3> candidates = {"abcx", "abcd", "abce"};
  EXPECT_EQ(nearest("abcd", candidates), "abcd");
  EXPECT_EQ(nearest("abcz", candidates), "abcx");
}

TEST(Text, SuggestionNamesOneOrAll) {
  EXPECT_EQ(suggestion("tst", words), " (did you mean 'test'?)");
  EXPECT_EQ(suggestion("elephant", words), " (known: train, test, validation, learning_rate, l2)");
}

TEST(Text, TrimsWhiteSpace) {
  EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
  EXPECT_EQ(trimmed(" \n "), "");
  EXPECT_EQ(trimmed(""), "");
}

TEST(Text, SplitsAtEverySeparator) {
  using Pieces = std::vector<std::string_view>;
  EXPECT_EQ(split("a,b", ','), (Pieces{"a", "b"}));
  EXPECT_EQ(split(",a,,", ','), (Pieces{"", "a", "", ""}));
  EXPECT_EQ(split("", ','), (Pieces{""}));
}

TEST(Text, ShortestReadsBackExactly) {
  EXPECT_EQ(shortest(0.1F), "0.1");
  EXPECT_EQ(shortest(0.1), "0.1");
  EXPECT_EQ(shortest(static_cast<double>(0.1F)), "0.10000000149011612");
  EXPECT_EQ(shortest(100.0F), "100");
  for (const float value : {1e-45F, 3.4028235e38F, 1.0F / 3, -2.5F}) {
    const std::string text = shortest(value);
    float back = 0;
    std::from_chars(text.data(), text.data() + text.size(), back);
    EXPECT_EQ(back, value);
  }
}

TEST(Printable, EscapesWhatTerminalsObey) {
  EXPECT_EQ(printable("fc1.weight"), "fc1.weight");
  EXPECT_EQ(printable("a\x1b[31m\n"), "a\\x1b[31m\\x0a");
  EXPECT_EQ(printable("caf\xc3\xa9"), "caf\xc3\xa9");
  EXPECT_EQ(printable("\xc3"), "\\xc3");
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");
  EXPECT_EQ(printable("\xe2\x80\xae"), "\\xe2\\x80\\xae");
  EXPECT_EQ(printable("abcdef", 4), "abcd...");
  EXPECT_EQ(printable("abc\xc3\xa9", 4), "abc...");
}

}  // namespace
}  // namespace scrawl
