#include "scrawl/data_files.h"

#include "tools/command.h"

#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace scrawl::split_test {
namespace {

namespace fs = std::filesystem;
using test::contains;
using test::run_scrawl;
using Json = nlohmann::json;

constexpr const char* recipe = R"(name = "own"
[data]
split = [0.6, 0.2, 0.2]
[model]
layers = "3x3 > dense 4"
[loss]
kind = "softmax-cross-entropy"
[optimizer]
kind = "sgd"
learning_rate = 0.1
[training]
batch = 10
steps = 20
)";

/// 100 images in order of class. Each has pixels of its own, so that one can be told from another.
Dataset in_order_of_class() {
  Dataset data{.shape = {1, 3, 3}, .classes = 4};
  for (std::size_t i = 0; i < 100; ++i) {
    data.labels.push_back(static_cast<std::uint8_t>(i / 25));
    for (std::size_t p = 0; p < 9; ++p)
      data.images.push_back(static_cast<std::uint8_t>(p == i / 25 ? 200 : (i * 7 + p * 13) % 100));
  }
  return data;
}

class Split : public ::testing::Test {
 protected:
  void SetUp() override {
    write(in_order_of_class());
    write_file(folder / "own.toml", recipe);
  }
  void write(const Dataset& data) {
    std::vector<DataPart> parts(1);
    parts[0].data = data;
    fs::remove(set);
    write_data(set, DataFormat::csv, parts);
  }
  Json train(std::vector<std::string> options = {}) {
    options.insert(options.begin(), {"train", (folder / "own.toml").string(), "--data", set, "--out", run,
                                     "--json", "--quiet", "--no-pictures", "--overwrite"});
    const auto result = run_scrawl(options);
    EXPECT_EQ(result.status, 0) << result.err;
    return Json::parse(result.out);
  }
  test::CommandResult evaluate(std::vector<std::string> options, const std::string& of = {}) {
    options.insert(options.begin(), {"evaluate", (of.empty() ? run : of) + "/model.safetensors", "--json"});
    return run_scrawl(options);
  }

  test::TempFolder folder;
  std::string set = (folder / "set.csv").string();
  std::string run = (folder / "run").string();
};

TEST_F(Split, WithoutTestImagesTheMessageNamesTheRemedy) {
  const auto result = run_scrawl({"train", test::recipe_file("two-layer"), "--data", set, "--out", run});
  EXPECT_EQ(result.status, 2);
  EXPECT_TRUE(contains(result.err, "--set 'data.split=[0.8, 0.1, 0.1]'")) << result.err;
}

TEST_F(Split, EvaluatingTakesTheSamePart) {
  const double accuracy = train()["test_accuracy"];
  for (const std::vector<std::string>& options :
       std::vector<std::vector<std::string>>{{}, {"--data", set}, {"--part", "test"}}) {
    const auto json = Json::parse(evaluate(options).out);
    EXPECT_EQ(json["images"], 20);
    EXPECT_EQ(json["part"], "test");
    EXPECT_EQ(json["accuracy"], accuracy);
  }
  EXPECT_EQ(Json::parse(evaluate({"--part", "validation"}).out)["images"], 20);
  EXPECT_EQ(Json::parse(evaluate({"--part", "train", "--data", set}).out)["images"], 60);
}

TEST_F(Split, TheSameDataUnderAnotherNameAreKnownAgain) {
  train();
  for (const char* name :
       {"copy.csv", "copy.npz"}) {  // also in another form, which calls them training images
    const std::string copy = (folder / name).string();
    ASSERT_EQ(run_scrawl({"data", "convert", set, copy}).status, 0);
    const auto result = evaluate({"--data", copy});
    ASSERT_EQ(result.status, 0) << result.err;
    const auto json = Json::parse(result.out);
    EXPECT_EQ(json["images"], 20);
    EXPECT_EQ(json["part"], "test");
    EXPECT_EQ(json["data"], copy);
  }
}

TEST_F(Split, ChangedDataAreNotDividedAgain) {
  train();
  Dataset more = in_order_of_class();
  more.labels.push_back(3);
  more.images.resize(more.images.size() + 9, 1);
  write(more);
  const auto refused = evaluate({});
  EXPECT_EQ(refused.status, 2);
  EXPECT_TRUE(contains(refused.err, "has changed since the model was trained")) << refused.err;
  EXPECT_TRUE(contains(refused.err, "--data")) << refused.err;
  const auto all = evaluate({"--data", set});
  EXPECT_EQ(all.status, 0) << all.err;
  EXPECT_TRUE(contains(all.err, "including those it has seen")) << all.err;
  EXPECT_EQ(Json::parse(all.out)["part"], "all");
}

TEST_F(Split, IsTheSameAfterAnInterruption) {
  const auto whole = train();
  fs::remove(fs::path(run) / "result.json");
  fs::remove(fs::path(run) / "model.safetensors");
  const auto result = run_scrawl({"train", (folder / "own.toml").string(), "--data", set, "--out", run,
                                  "--json", "--quiet", "--no-pictures", "--resume"});
  ASSERT_EQ(result.status, 0) << result.err;
  const auto resumed = Json::parse(result.out);
  EXPECT_EQ(resumed["weights_sha256"], whole["weights_sha256"]);
  EXPECT_EQ(resumed["test_accuracy"], whole["test_accuracy"]);
}

TEST_F(Split, MembersOfAnEnsembleShareTheParts) {
  const auto together = train({"--set", "ensemble.members=2"});
  const auto all = Json::parse(evaluate({}).out);
  EXPECT_EQ(all["images"], 20);
  EXPECT_EQ(all["accuracy"], together["test_accuracy"]);
  const auto second = Json::parse(evaluate({}, run + "/member-2").out);
  EXPECT_EQ(second["accuracy"], together["members"][1]["test_accuracy"]);
}

TEST_F(Split, NetworksOfDifferentPartsHaveNoTestImagesInCommon) {
  train();
  const std::string first = (folder / "first").string();
  fs::rename(run, first);
  train({"--seed", "2"});
  const std::string joined = (folder / "joined").string();
  fs::create_directory(joined);
  const auto result = run_scrawl({"join", first + "/model.safetensors", run + "/model.safetensors", "-o",
                                  joined + "/model.safetensors"});
  ASSERT_EQ(result.status, 0) << result.err;
  const auto refused = evaluate({}, joined);
  EXPECT_EQ(refused.status, 2);
  EXPECT_TRUE(contains(refused.err, "divide their data in different ways")) << refused.err;
  // With the parts of the first, all is well.
  train({"--seed", "2", "--set", "data.seed=1"});
  ASSERT_EQ(run_scrawl({"join", first + "/model.safetensors", run + "/model.safetensors", "-o",
                        joined + "/model.safetensors", "--overwrite"})
                .status,
            0);
  EXPECT_EQ(Json::parse(evaluate({}, joined).out)["images"], 20);
}

TEST_F(Split, WhatIsShownOfASetInOrderOfClassIsOfAllClasses) {
  const auto result = run_scrawl({"show", set, "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  std::set<int> labels;
  std::size_t lines = 0;
  for (std::size_t at = 0; at < result.out.size(); at = result.out.find('\n', at) + 1, ++lines)
    labels.insert(Json::parse(result.out.substr(at, result.out.find('\n', at) - at))["label"].get<int>());
  EXPECT_EQ(lines, 25U);
  EXPECT_EQ(labels, (std::set<int>{0, 1, 2, 3}));
}

}  // namespace
}  // namespace scrawl::split_test
