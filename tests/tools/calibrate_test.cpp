#include "scrawl/model.h"

#include "base/files.h"
#include "tools/command.h"
#include "tools/small_set.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace scrawl::calibrate_test {
namespace {

using test::contains;
using test::run_scrawl;
using Json = nlohmann::json;

class CommandCalibrate : public ::testing::Test {
 protected:
  std::string at(const std::string& name) const { return (folder / name).string(); }

  test::TempFolder folder;
  std::string data = test::write_small_set(folder / "small.npz", test::small_set());
  std::string model = test::write_small_model(folder / "model");
  std::string out = at("calibrated.safetensors");
};

TEST_F(CommandCalibrate, WritesAModelThatReadsTheSameLessOrMoreSurely) {
  const auto result =
      run_scrawl({"calibrate", model, "--data", data, "--part", "train", "-o", out, "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const auto json = Json::parse(result.out);
  EXPECT_LE(json["log_loss"].get<double>(), json["log_loss_before"].get<double>() + 1e-6);
  EXPECT_TRUE(json["thresholds"].is_array());
  EXPECT_EQ(json["temperature"].get<float>(), load_model(out).only().info.temperature);
  const auto accuracy = [&](const std::string& file) {
    return Json::parse(
        run_scrawl({"evaluate", file, "--data", data, "--part", "train", "--json"}).out)["accuracy"];
  };
  EXPECT_EQ(accuracy(out), accuracy(model));
}

TEST_F(CommandCalibrate, DoesToASiblingWhatItPrinted) {
  const auto measured =
      run_scrawl({"calibrate", model, "--data", data, "--part", "train", "-o", out, "--json"});
  write_file(at("found.json"), measured.out);
  const auto result =
      run_scrawl({"calibrate", model, "--as", at("found.json"), "-o", at("same.safetensors")});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(read_file(at("same.safetensors")), read_file(out));
  const auto refused = [&](const std::string& text, std::string_view word) {
    write_file(at("other.json"), text);
    const auto other = run_scrawl({"calibrate", model, "--as", at("other.json"), "-o", at("no.safetensors")});
    EXPECT_EQ(other.status, 3);
    EXPECT_TRUE(contains(other.err, "other.json") && contains(other.err, word)) << other.err;
  };
  refused(R"({"temperature": "hot"})", "calibrate --json");
  refused(R"({"lowering": 0, "temperature": true, "thresholds": []})", "temperature");
  refused(R"({"lowering": 0, "temperature": 1e-40, "thresholds": []})", "temperature");
  refused(R"({"lowering": 3e38, "temperature": 1, "thresholds": []})", "lowering");
  refused(R"({"lowering": 0, "temperature": 1, "thresholds": {}})", "thresholds");
  refused(
      R"({"lowering": 0, "temperature": 1, "thresholds": [{"error": 0.1, "confidence": 2, "answered": 1}]})",
      "confidence");
}

TEST_F(CommandCalibrate, DoesNotOverwriteWhatItReads) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"--data", data, "--part", "train", "-o", data}, {"--as", data, "-o", data}, {"-o", model}}) {
    std::vector<std::string> all = {"calibrate", model, "--overwrite"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const auto result = run_scrawl(all);
    EXPECT_NE(result.status, 0);
    EXPECT_TRUE(contains(result.err, "is the file that is read")) << result.err;
  }
}

TEST_F(CommandCalibrate, PrintsWhatItFound) {
  const auto result = run_scrawl({"calibrate", model, "--data", data, "--part", "train", "-o", out});
  ASSERT_EQ(result.status, 0) << result.err;
  for (const char* part : {"temperature", "log-loss", "before", "warning", "few"})
    EXPECT_TRUE(contains(result.out + result.err, part)) << result.out << result.err;
  const auto again = run_scrawl({"calibrate", model, "--data", data, "-o", out});
  EXPECT_NE(again.status, 0);
  EXPECT_TRUE(contains(again.err, "--overwrite")) << again.err;
}

}  // namespace
}  // namespace scrawl::calibrate_test
