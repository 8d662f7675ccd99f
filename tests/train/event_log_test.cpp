#include "train/event_log.h"

#include "scrawl/run.h"

#include "base/files.h"
#include "base/process.h"
#include "base/sha256.h"
#include "image/png.h"
#include "testing.h"
#include "train/contact_sheet.h"
#include "train/event_records.h"
#include "train/synthetic.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <map>
#include <numeric>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

namespace scrawl::event_log_test {
namespace {

using test::error_of;
using test::events_without_time;
using test::mentions;
using Json = nlohmann::json;

Record record_of(std::uint64_t step, std::optional<double> test_accuracy = {}) {
  return {.step = step,
          .epoch = static_cast<double>(step) / 100,
          .learning_rate = 0.5,
          .loss = 1.0 / static_cast<double>(step),
          .batch_accuracy = 0.25,
          .accuracies = {std::nullopt, std::nullopt, test_accuracy},
          .lines = {}};
}

std::vector<std::int64_t> steps_in(const std::filesystem::path& file) {
  std::vector<std::int64_t> steps;
  for (const auto& record : scan_events(read_file(file))) steps.push_back(record.step);
  return steps;
}

/// A limit for the size of files, as a full disk is one.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    old_action_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &old_);
    rlimit limit = old_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_action_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit old_{};
  void (*old_action_)(int);
};

class EventLogTest : public ::testing::Test {
 protected:
  test::TempFolder folder;
  std::filesystem::path file = folder / "events.out.tfevents.scrawl";

  /// What the records 1 to `last` of a run of `steps` steps leave.
  void log(std::uint64_t first, std::uint64_t last, std::uint64_t steps, std::uint64_t every = 1) {
    EventLog events(file, first - 1, steps);
    for (std::uint64_t step = first; step <= last; ++step)
      if (step % every == 0 || step == steps) events.add(record_of(step));
    events.sync();
  }
};

TEST_F(EventLogTest, AShortRunHasAnEventForEveryRecord) {
  log(1, 50, 50);
  std::vector<std::int64_t> expected(51);  // with the file's version
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(steps_in(file), expected);
}

TEST_F(EventLogTest, ALongRunHasAboutAThousandEvenlySpreadEvents) {
  for (const auto& [steps, every] :
       {std::pair(300'000U, 100U), std::pair(12'345U, 1U), std::pair(50'000U, 7U)}) {
    log(1, steps, steps, every);
    auto logged = steps_in(file);
    EXPECT_GT(logged.size(), 990U) << steps;
    EXPECT_LE(logged.size(), 1002U) << steps;
    EXPECT_EQ(logged.back(), steps);
    logged.erase(logged.begin());
    const std::int64_t widest = 2 * steps / 1000 + every;
    for (std::size_t i = 1; i < logged.size(); ++i) EXPECT_LE(logged[i] - logged[i - 1], widest) << logged[i];
  }
}

TEST_F(EventLogTest, EvaluatedAccuraciesAreAlwaysLogged) {
  {
    EventLog events(file, 0, 100'000);
    for (std::uint64_t step = 1; step <= 60; ++step)
      events.add(record_of(step, step % 20 == 0 ? std::optional(0.5) : std::nullopt));
    events.sync();
  }
  EXPECT_EQ(steps_in(file), (std::vector<std::int64_t>{0, 1, 20, 40, 60}));
}

TEST_F(EventLogTest, ResumingAnywhereGivesTheSameEvents) {
  log(1, 5000, 5000);
  const auto expected = events_without_time(file);
  const Bytes whole = read_file(file);
  for (std::uint64_t checkpoint = 1; checkpoint < 5000; checkpoint += 613) {
    for (std::size_t torn = 0; torn < 40; torn += 13) {
      const std::string_view text(reinterpret_cast<const char*>(whole.data()), whole.size() - torn);
      write_file(file, text);
      log(checkpoint + 1, 5000, 5000);
      EXPECT_EQ(events_without_time(file), expected) << checkpoint << " " << torn;
    }
  }
}

TEST_F(EventLogTest, WhatIsNoEventFileIsReplaced) {
  for (const char* content : {"", "no event file at all", "\x18"}) {
    write_file(file, content);
    EventLog events(file, 10, 100);
    EXPECT_TRUE(events.is_new());
    events.sync();
    EXPECT_EQ(steps_in(file), std::vector<std::int64_t>{0});
  }
  EXPECT_FALSE(EventLog(file, 10, 100).is_new());
  EXPECT_TRUE(EventLog(file, 0, 100).is_new());
}

TEST_F(EventLogTest, AFullDiskIsAnError) {
  const auto error = error_of([&] {
    EventLog events(file, 0, 10'000);
    const FullDisk disk(2000);
    for (std::uint64_t step = 1; step < 10'000; step += 10) events.add(record_of(step));
    events.sync();
  });
  EXPECT_EQ(error.code(), ErrorCode::io);
  EXPECT_TRUE(mentions(error, {"events.out.tfevents.scrawl", "TensorBoard", "File too large"}));
  EXPECT_TRUE(
      mentions(error_of([&] { EventLog(folder / "no" / "folder", 0, 1); }), {"folder", "cannot open"}));
}

TEST_F(EventLogTest, AnIndependentReaderReadsWhatWasWritten) {
  const auto packages = environment("SCRAWL_NODE_MODULES");
  if (!packages) GTEST_SKIP() << "SCRAWL_NODE_MODULES names no folder with the npm package tfrecord";
  if (run_process({"node", "--version"}).exit_code != 0) GTEST_SKIP() << "node is not installed";
  const auto data = test::synthetic_data();
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  std::vector<Record> records;
  run_recipe(test::small_recipe(), *data, {.folder = folder.path()},
             {.on_start = {}, .on_step = {}, .on_record = [&](const Record& r) { records.push_back(r); }});
  const auto read = run_process({"node", SCRAWL_READ_EVENTS, file.string()});
  ASSERT_EQ(read.exit_code, 0) << read.output;

  std::vector<Json> events;
  std::istringstream lines(read.output);
  for (std::string line; std::getline(lines, line);) events.push_back(Json::parse(line));
  ASSERT_EQ(events.size(), 2 + records.size() + (events.back().dump().find("misread") != std::string::npos));
  for (const auto& event : events) {
    EXPECT_GE(event["wall_time"].get<double>(), now);
    EXPECT_LE(event["wall_time"].get<double>(), now + 600);
  }
  EXPECT_EQ(events[0]["file_version"], "brain.Event:2");
  EXPECT_EQ(events[0]["step"], 0);

  std::vector<std::size_t> first(64);
  std::iota(first.begin(), first.end(), std::size_t{0});
  const GreyImage sheet = contact_sheet(data->train, first).value();
  const Json image = {{"height", sheet.height},
                      {"width", sheet.width},
                      {"colorspace", 1},
                      {"encoded_image_string", {{"sha256", sha256_hex(encode_png(sheet))}}}};
  EXPECT_EQ(events[1]["step"], 0);
  EXPECT_EQ(events[1]["summary"]["value"][0]["tag"], "images/train");
  EXPECT_EQ(events[1]["summary"]["value"][0]["image"], image);

  for (std::size_t i = 0; i < records.size(); ++i) {
    const Record& record = records[i];
    const Json& event = events[2 + i];
    EXPECT_EQ(event["step"], record.step);
    std::map<std::string, float> scalars;
    for (const auto& value : event["summary"]["value"])
      scalars[value["tag"].get<std::string>()] = value["simple_value"].get<float>();
    std::map<std::string, float> expected = {{"loss", static_cast<float>(record.loss)},
                                             {"learning_rate", static_cast<float>(record.learning_rate)},
                                             {"epoch", static_cast<float>(record.epoch)},
                                             {"accuracy/batch", static_cast<float>(record.batch_accuracy)}};
    for (const Part part : {Part::train, Part::validation, Part::test})
      if (const auto accuracy = record.accuracies[static_cast<std::size_t>(part)])
        expected["accuracy/" + std::string(to_string(part))] = static_cast<float>(*accuracy);
    EXPECT_EQ(scalars, expected);
  }
}

}  // namespace
}  // namespace scrawl::event_log_test
