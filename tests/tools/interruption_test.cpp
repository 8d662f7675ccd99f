#include "tools/command.h"
#include "train/event_records.h"

#include <chrono>
#include <random>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace scrawl::interruption_test {
namespace {

using test::Command;
using test::recipe_file;
using Json = nlohmann::json;

class Interruption : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!test::has_mnist()) GTEST_SKIP() << "MNIST is not in the cache";
  }

  std::vector<std::string> arguments(const std::string& run) const {
    return {"train",
            recipe_file("two-layer"),
            "--set",
            "training.steps=" + std::to_string(SCRAWL_KILLED_STEPS),
            "--set",
            "report.every=100",
            "--set",
            "report.evaluate=[\"test\"]",
            "--set",
            "report.lines=[]",
            "--checkpoint-every",
            "0.01",
            "--resume",
            "--json",
            "--quiet",
            "--no-pictures",
            "--out",
            run};
  }

  test::TempFolder folder;
};

TEST_F(Interruption, KillAtTwentyRandomMomentsLosesNothing) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  Command whole(arguments((folder / "whole").string()), folder.path());
  ASSERT_EQ(whole.wait(), 0) << whole.err();
  const auto whole_run = Clock::now() - start;
  const auto expected = Json::parse(whole.out());
  const std::string expected_metrics = read_text_file(folder / "whole" / "metrics.csv");
  const auto expected_events = test::events_without_time(folder / "whole" / "events.out.tfevents.scrawl");

  // Seeded afresh each time: any moment must do. The seed is printed, to look into a failure.
  const auto seed = std::random_device()();
  SCOPED_TRACE("moments drawn with seed " + std::to_string(seed));
  std::mt19937 moments(seed);
  std::uniform_int_distribution<std::int64_t> delay(0, std::chrono::nanoseconds(whole_run).count() / 2);
  int kills = 0;
  int finished = 0;
  while (kills < 20 || finished == 0) {
    const std::string run = (folder / ("run" + std::to_string(finished))).string();
    Command command(arguments(run), folder.path());
    if (kills < 20) {
      std::this_thread::sleep_for(std::chrono::nanoseconds(delay(moments)));
      command.signal(SIGKILL);
    }
    const int status = command.wait();
    if (status == 128 + SIGKILL) {
      ++kills;
      continue;
    }
    ASSERT_EQ(status, 0) << command.err();
    const auto result = Json::parse(command.out());
    EXPECT_EQ(result["weights_sha256"], expected["weights_sha256"]);
    EXPECT_EQ(result["final_loss"], expected["final_loss"]);
    EXPECT_EQ(result["test_accuracy"], expected["test_accuracy"]);
    EXPECT_EQ(read_text_file(run + "/metrics.csv"), expected_metrics);
    EXPECT_EQ(test::events_without_time(run + "/events.out.tfevents.scrawl"), expected_events);
    ++finished;
  }
  RecordProperty("finished_runs", finished);
}

TEST_F(Interruption, ControlCFinishesTheStepSavesAndCanBeResumed) {
  const std::string run = (folder / "run").string();
  auto slow = arguments(run);
  slow.insert(slow.end(), {"--set", "training.steps=200000"});
  Command command(slow, folder.path());
  while (!std::filesystem::exists(run + "/checkpoint.safetensors"))
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  command.signal(SIGINT);
  EXPECT_EQ(command.wait(), 130);
  EXPECT_TRUE(test::contains(command.err(), "--resume")) << command.err();
  EXPECT_TRUE(std::filesystem::exists(run + "/checkpoint.safetensors"));
  EXPECT_FALSE(std::filesystem::exists(run + "/result.json"));
}

}  // namespace
}  // namespace scrawl::interruption_test
