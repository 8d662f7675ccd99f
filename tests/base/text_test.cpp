#include "base/text.h"

#include "testing.h"

#include <array>
#include <charconv>

namespace scrawl::text_test {
namespace {

constexpr std::array<std::string_view, 5> words = {"train", "test", "validation", "learning_rate", "l2"};

TEST(Text, NearestFindsWhatWasMeant) {
  EXPECT_EQ(nearest("train", words), "train");
  EXPECT_EQ(nearest("tarin", words), "train") << "two neighbours swapped";
  EXPECT_EQ(nearest("tran", words), "train");
  EXPECT_EQ(nearest("validatoin", words), "validation");
  EXPECT_EQ(nearest("learningrate", words), "learning_rate");
}

TEST(Text, NearestGivesNothingForWordsThatShareTooLittle) {
  constexpr std::array<std::string_view, 6> classes = {"A", "0", "l2", "cat", "\xe7\x8c\xab", "\xc3\xa9"};
  EXPECT_EQ(nearest("1", classes), "") << "any letter is one edit from any other";
  EXPECT_EQ(nearest("x", classes), "");
  EXPECT_EQ(nearest("l1", classes), "") << "half of it differs";
  EXPECT_EQ(nearest("xl", classes), "");
  EXPECT_EQ(nearest("cot", classes), "cat");
  EXPECT_EQ(nearest("cxt ", classes), "") << "half of the longer word differs";
  EXPECT_EQ(nearest("\xe7\x8c\xaa", classes), "") << "one other byte, but another character";
  EXPECT_EQ(nearest("\xc3\xa8", classes), "");
}

TEST(Text, NearestTakesCapitalLettersForSmallOnes) {
  constexpr std::array<std::string_view, 2> classes = {"A", "onnx"};
  EXPECT_EQ(nearest("a", classes), "A");
  EXPECT_EQ(nearest("ONNX", classes), "onnx");
  EXPECT_EQ(nearest("ONX", classes), "onnx");
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

TEST(Text, SuggestionListsTwentyAtMost) {
  const std::vector<std::string_view> many(1000, "label");
  const std::string text = suggestion("elephant", many);
  EXPECT_TRUE(text.ends_with("label, label and 980 more)")) << text;
  EXPECT_LT(text.size(), 200U);
}

TEST(Text, PluralsFollowTheCount) {
  EXPECT_EQ(counted(0, "image"), "0 images");
  EXPECT_EQ(counted(1, "image"), "1 image");
  EXPECT_EQ(counted(2, "image"), "2 images");
  EXPECT_EQ(counted(1, "class"), "1 class");
  EXPECT_EQ(plural(2, "class"), "classes");
  EXPECT_EQ(plural(10, "batch"), "batches");
  EXPECT_EQ(plural(10, "epoch"), "epochs");
  EXPECT_EQ(plural(2, "probability"), "probabilities");
  EXPECT_EQ(plural(2, "array"), "arrays");
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
}  // namespace scrawl::text_test
