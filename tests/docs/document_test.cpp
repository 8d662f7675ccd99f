#include "document.h"

#include <stdexcept>

#include <gtest/gtest.h>

namespace scrawl::test {
namespace {

using Lines = std::vector<std::string>;

TEST(Document, HasBlocksLinksAndAnchors) {
  const auto document = parse_document(
      "# How fast?\n"
      "A [link](a.md#b), `no [link](x)`, ![picture](p.svg \"title\").\n"
      "```cpp src/a.cpp\n"
      "# no heading, no [link](y)\n"
      "```\n"
      "## `scrawl data` and [more](c.md)\n"
      "## How fast?\n");
  ASSERT_EQ(document.blocks.size(), 1U);
  EXPECT_EQ(document.blocks[0].kind, "cpp");
  EXPECT_EQ(document.blocks[0].note, "src/a.cpp");
  EXPECT_EQ(document.blocks[0].line, 4U);
  ASSERT_EQ(document.links.size(), 3U);
  EXPECT_EQ(document.links[0].target, "a.md#b");
  EXPECT_EQ(document.links[1].target, "p.svg");
  EXPECT_EQ(document.links[2].line, 6U);
  ASSERT_EQ(document.code_words.size(), 4U);
  EXPECT_EQ(document.code_words[1].text, "[link](x)");
  EXPECT_EQ(document.code_words[3].text, "data");
  EXPECT_EQ(document.code_words[3].line, 6U);
  EXPECT_EQ(document.anchors, (Lines{"how-fast", "scrawl-data-and-more", "how-fast-1"}));
}

TEST(Document, KnowsAnchorsOfChineseHeadings) {
  EXPECT_EQ(anchor_of("\u8bad\u7ec3\uff1a\u4e24\u5c42 A"), "\u8bad\u7ec3\u4e24\u5c42-a");
}

TEST(Document, TakesCommandsApart) {
  const Block block{
      .kind = "console",
      .note = "",
      .lines = {"$ for i in 1; do", ">   echo $i", "> done", "1", "> 2", "$ false  # exits with 1"},
      .line = 10};
  const auto commands = commands_of(block);
  ASSERT_EQ(commands.size(), 2U);
  EXPECT_EQ(commands[0].text, "for i in 1; do\n  echo $i\ndone");
  EXPECT_EQ(commands[0].output, (Lines{"1", "> 2"}));
  EXPECT_EQ(commands[0].status(), 0);
  EXPECT_EQ(commands[1].line, 15U);
  EXPECT_EQ(commands[1].status(), 1);
  EXPECT_THROW(commands_of({.kind = "console", .note = "", .lines = {"echo"}, .line = 1}),
               std::runtime_error);
}

TEST(Document, ComparesOutput) {
  EXPECT_TRUE(output_matches({"a", "b", ""}, {"a", "b"}));
  EXPECT_FALSE(output_matches({"a"}, {"a", "b"}));
  EXPECT_FALSE(output_matches({}, {"a"}));
  EXPECT_TRUE(output_matches({"a", "...", "c"}, {"a", "c"}));
  EXPECT_TRUE(output_matches({"a", "...", "c"}, {"a", "c", "b", "c"}));
  EXPECT_FALSE(output_matches({"a", "...", "c"}, {"a", "b"}));
  EXPECT_TRUE(output_matches({"x ... s, ..."}, {"x 1.5 s, y"}));
  EXPECT_FALSE(output_matches({"x ... s"}, {"x 1.5 m"}));
}

TEST(Document, ComparesQuotes) {
  const Lines file = {"int a() {", "  b();", "", "  c();", "}"};
  EXPECT_TRUE(is_quoted_from({"b();", "", "c();"}, file));
  EXPECT_TRUE(is_quoted_from({"int a() {", "  ...", "c();"}, file));
  EXPECT_TRUE(is_quoted_from({"int a() {", "// ...", "}"}, file));
  EXPECT_FALSE(is_quoted_from({"b();", "c();"}, file));
  EXPECT_FALSE(is_quoted_from({"c();", "...", "b();"}, file));
}

}  // namespace
}  // namespace scrawl::test
