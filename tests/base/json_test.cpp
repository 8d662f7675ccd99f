#include "base/json.h"

#include "scrawl/error.h"

#include "testing.h"

#include <nlohmann/json.hpp>

namespace scrawl::json_test {
namespace {

using Json = nlohmann::json;
using test::error_of;
using test::mentions;

std::string repeated(const std::string& text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

TEST(JsonText, ReadsWhatIsWithinTheLimits) {
  const Json value = parse_json(R"({"a": [1, 2.5, "猫"], "b": null})");
  EXPECT_EQ(value, (Json{{"a", {1, 2.5, "猫"}}, {"b", nullptr}}));
  EXPECT_EQ(parse_json("7"), 7);
  EXPECT_EQ(parse_json(repeated("[", 16) + repeated("]", 16)).size(), 1U);
}

TEST(JsonText, RefusesWhatIsNotJson) {
  for (const char* text : {"", "[", "[1,]", "{\"a\"}", "nul", "1 2", "1e999", "\"\xff\"", "\"\\ud800\""})
    EXPECT_EQ(error_of([&] { parse_json(text); }).message(), "is not valid JSON") << text;
}

TEST(JsonText, StopsWhereALimitIsExceeded) {
  // Without the bound, each bracket would take 70 bytes.
  EXPECT_TRUE(mentions(error_of([] { parse_json(repeated("[", 900'000)); }), {"nested", "16 deep"}));
  EXPECT_TRUE(mentions(error_of([] { parse_json(repeated("{\"\":", 17)); }), {"nested", "16 deep"}));
  EXPECT_TRUE(mentions(error_of([] { parse_json("[" + repeated("0,", 400'000)); }), {"10000 values"}));
  EXPECT_TRUE(mentions(error_of([] { parse_json("[[1]]", {.most_depth = 1}); }), {"1 deep"}));
  EXPECT_TRUE(mentions(error_of([] { parse_json("[1, 2]", {.most_values = 2}); }), {"2 values"}));
  EXPECT_EQ(parse_json("[1, 2]", {.most_values = 3}).size(), 2U);
  EXPECT_TRUE(mentions(error_of([] { parse_json("[1, 2]", {.most_bytes = 5}); }), {"6 bytes", "at most 5"}));
}

TEST(JsonText, WritesTextThatIsNotUtf8) {
  EXPECT_EQ(dump_json(Json{{"file", "caf\xe9.png"}}), "{\"file\":\"caf\xef\xbf\xbd.png\"}");
  EXPECT_EQ(dump_json(nlohmann::ordered_json{{"b", "猫"}, {"a", 1}}), "{\"b\":\"猫\",\"a\":1}");
}

}  // namespace
}  // namespace scrawl::json_test
