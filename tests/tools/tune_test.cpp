#include "scrawl/model.h"

#include "base/files.h"
#include "tools/command.h"
#include "tools/small_set.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace scrawl::tune_test {
namespace {

using test::contains;
using test::run_scrawl;
using Json = nlohmann::json;

/// Small images, which the model has not learned to read: what matters here is what is printed and written.
class CommandTune : public ::testing::Test {
 protected:
  std::string at(const std::string& name) const { return (folder / name).string(); }
  std::vector<std::string> arguments(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {"tune", model, "--corrections", data, "--replay", known + ":8",
                                    "-o",   out};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  test::TempFolder folder;
  std::string data = test::write_small_set(folder / "small.npz", test::small_set());
  std::string model = test::write_small_model(folder / "model");
  std::string known = write_known();
  std::string out = at("tuned.safetensors");

 private:
  /// What the model was trained on, in two parts.
  std::string write_known() const {
    std::vector<DataPart> parts;
    parts.push_back({.part = Part::train, .data = test::small_set()});
    parts.push_back({.part = Part::test, .data = test::small_set()});
    write_data(folder / "known.npz", DataFormat::npz, parts);
    return at("known.npz");
  }
};

TEST_F(CommandTune, PrintsWhatItMeasuredAndWritesAModel) {
  const auto result = run_scrawl(arguments());
  ASSERT_EQ(result.status, 0) << result.err;
  for (const char* part : {"tuned.safetensors", "without having been shown", "before", "after", "test"})
    EXPECT_TRUE(contains(result.out, part)) << result.out;
  EXPECT_EQ(load_model(out).only().network.spec(), load_model(model).only().network.spec());
  const auto again = run_scrawl(arguments());
  EXPECT_NE(again.status, 0);
  EXPECT_TRUE(contains(again.err, "--overwrite")) << again.err;
}

TEST_F(CommandTune, PrintsJson) {
  const auto result = run_scrawl(arguments({"--json", "--seed", "3"}));
  ASSERT_EQ(result.status, 0) << result.err;
  const auto json = Json::parse(result.out);
  const auto& tunings = load_model(out).only().info.tunings;
  EXPECT_EQ(json["is_better"].get<bool>(), tunings.size() == 1);
  EXPECT_EQ(json["written"], out);
  const auto same = run_scrawl(arguments({"--json", "--seed", "3", "--threads", "1", "--overwrite"}));
  EXPECT_EQ(same.out, result.out);
}

TEST_F(CommandTune, RefusesWhatMakesNoSense) {
  EXPECT_EQ(run_scrawl({"tune", model, "-o", out}).status, 2);
  const auto missing = run_scrawl({"tune", model, "--corrections", at("no.npz"), "-o", out});
  EXPECT_EQ(missing.status, 4) << missing.err;
  const auto zero = run_scrawl({"tune", model, "--corrections", data, "--replay", known + ":0", "-o", out});
  EXPECT_EQ(zero.status, 2);
  EXPECT_TRUE(contains(zero.err, "at least one")) << zero.err;
  EXPECT_FALSE(std::filesystem::exists(out));
}

}  // namespace
}  // namespace scrawl::tune_test
