#include "output.h"

#include "testing.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace scrawl::tool {
namespace {

constexpr const char* hostile = "a\x1b[2J\x9b\xc2\x9b\x7f\r\n\xe2\x80\xaez";
constexpr const char* escaped = "a\\x1b[2J\\x9b\\xc2\\x9b\\x7f\\x0d\\x0a\\xe2\\x80\\xaez";

TEST(Text, EscapesWhateverATerminalObeys) {
  EXPECT_EQ(Text(hostile).bytes(), escaped);
  EXPECT_EQ(Text(std::string(hostile)).bytes(), escaped);
  EXPECT_EQ((Text("x") + std::string_view(hostile)).bytes(), "x" + std::string(escaped));
  EXPECT_EQ(bold(hostile, stderr).bytes(), escaped);
  EXPECT_EQ(Text(std::string(500, 'x')).bytes(), std::string(500, 'x')) << "nothing is cut";
}

TEST(Text, KeepsWhatCanBeRead) {
  for (const char* text :
       {"\xe7\x8c\xab", "caf\xc3\xa9", "\xf0\x9f\x98\xba", "\xd9\x82\xd8\xb7\xd8\xa9", "a\tb", ""})
    EXPECT_EQ(Text(text).bytes(), text);
}

TEST(Text, FormatEscapesArgumentsAndKeepsEmphasis) {
  EXPECT_EQ(format_text("{}|{:>4}|{}", hostile, 7, std::filesystem::path("b\x1b")).bytes(),
            std::string(escaped) + "|   7|b\\x1b");
  EXPECT_EQ(format_text("{:>4}: {}", "x", Text::raw("\x1b[1mbold\x1b[0m")).bytes(),
            "   x: \x1b[1mbold\x1b[0m");
}

TEST(JsonLine, IsTheSameJsonAndNothingForATerminal) {
  const nlohmann::ordered_json json = {{"name", "a\x1b\xc2\x9b\x7f\xe2\x80\xae\xe7\x8c\xab"}};
  EXPECT_EQ(json_line(json).bytes(), R"({"name":"a\u001b\u009b\u007f\u202e\u732b"})");
  EXPECT_EQ(nlohmann::ordered_json::parse(json_line(json).bytes()), json);
  EXPECT_EQ(json_line({{"name", "\xe7\x8c\xab"}}).bytes(), "{\"name\":\"\xe7\x8c\xab\"}");
}

TEST(Columns, AreThoseOfATerminal) {
  EXPECT_EQ(columns_of(""), 0U);
  EXPECT_EQ(columns_of("cat"), 3U);
  EXPECT_EQ(columns_of("caf\xc3\xa9"), 4U);
  EXPECT_EQ(columns_of("\xe7\x8c\xab"), 2U);
  EXPECT_EQ(widest(std::vector<std::string>{"cat", "\xe7\x8c\xab\xe7\x8c\xab"}, 2), 4U);
  EXPECT_EQ(widest({}, 7), 7U);
}

}  // namespace
}  // namespace scrawl::tool
