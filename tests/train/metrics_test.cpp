#include "train/metrics.h"

#include "scrawl/run.h"

#include "base/files.h"
#include "testing.h"
#include "train/synthetic.h"

#include <cmath>

#include <gtest/gtest.h>

namespace scrawl::metrics_test {
namespace {

using test::error_of;
using test::mentions;
using test::small_recipe;
using test::synthetic_data;

const std::string header =
    "step,epoch,learning_rate,loss,batch_accuracy,train_accuracy,validation_accuracy,test_accuracy\n";

class Metrics : public ::testing::Test {
 protected:
  /// What is kept of a file up to its last row before the checkpoint.
  std::string kept(const std::string& content, std::uint64_t last_row) {
    write_file(file, content);
    { const MetricsFile metrics(file, last_row); }
    return read_text_file(file);
  }
  Error refused(const std::string& content, std::uint64_t last_row) {
    write_file(file, content);
    Error error = error_of([&] { const MetricsFile metrics(file, last_row); });
    EXPECT_EQ(error.code(), ErrorCode::bad_data);
    EXPECT_EQ(read_text_file(file), content);  // nothing is changed
    return error;
  }

  test::TempFolder temporary;
  std::filesystem::path file = temporary / "metrics.csv";
  const std::string rows = header + "1,0.1,0.05,2.3,0.125,,,\n2,0.2,0.05,2.2,0.25,0.5,0.25,0.125\n";
};

TEST_F(Metrics, WhatIsNewerThanTheCheckpointIsDroppedWhateverItIs) {
  EXPECT_EQ(kept(rows, 2), rows);
  for (const std::string& more : std::vector<std::string>{
           "3,0.3,0.05,2.1,0.5,,,\n", "3,0.3,0.0", "4,x\n3,0.3,0.05,2.1,0.5,,,\n", std::string(100, '\0')})
    EXPECT_EQ(kept(rows + more, 2), rows) << more;
  EXPECT_EQ(kept("damaged", 0), header);  // the run begins anew
}

TEST_F(Metrics, ADamagedRowIsNamedAndNothingIsDropped) {
  EXPECT_TRUE(mentions(refused("stpe,epoch\n1,2\n", 2), {"metrics.csv", "line 1", "header", "delete it"}));
  for (const char* row : {"x,0.1,0.05,2.3,0.125,,,\n", "1,0.1,0.05,2.3,0.125,,\n", "1,0.1,,2.3,0.125,,,\n",
                          "1,0.1,0.05,2..3,0.125,,,\n", "1,0.1,0.05,2.3,0.125,,,5x\n", "\n"})
    EXPECT_TRUE(mentions(refused(header + row + "2,0.2,0.05,2.2,0.25,,,\n", 2), {"line 2 is damaged"}))
        << row;
  EXPECT_TRUE(mentions(refused(rows + "2,0.2,0.05,2.2,0.25,,,\n4,0.4,0.05,2.2,0.25,,,\n", 4),
                       {"line 4 has step 2", "after 2"}));
  EXPECT_TRUE(mentions(refused(rows + "7,0.7,0.05,2.2,0.25,,,\n", 4), {"line 4 has step 7", "up to 4"}));
  EXPECT_TRUE(mentions(refused(rows, 4), {"line 4 is missing", "step 4"}));
  EXPECT_TRUE(mentions(refused(rows.substr(0, rows.size() - 1), 2), {"line 3 is missing or cut off"}));
}

TEST_F(Metrics, AFileThatWasDeletedBeginsAnew) {
  { const MetricsFile metrics(file, 2); }
  EXPECT_EQ(read_text_file(file), header);
  { const MetricsFile metrics(file, 4); }
  EXPECT_EQ(kept(header + "3,0.3,0.05,2.2,0.25,,,\n", 3), header + "3,0.3,0.05,2.2,0.25,,,\n");
}

TEST_F(Metrics, AreReadWithNaNWhereNothingWasMeasured) {
  write_file(file, header + "1,0.5,0.1,2.25,0.1,0.2,,0.4\n2,1,0.1,nan,0.1,,,\n3,1.5,0.1,cut");
  const auto read = read_metrics(file);
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].step, 1);
  EXPECT_EQ(read[0].epoch, 0.5);
  EXPECT_EQ(read[0].loss, 2.25);
  EXPECT_EQ(read[0].train, 0.2);
  EXPECT_TRUE(std::isnan(read[0].validation));
  EXPECT_EQ(read[0].test, 0.4);
  EXPECT_TRUE(std::isnan(read[1].loss));
  for (const std::string& none : {header, std::string()}) {
    write_file(file, none);
    EXPECT_TRUE(read_metrics(file).empty());
  }
}

TEST_F(Metrics, OthersFilesAreRefusedWithTheLine) {
  const auto refusal = [&](const std::string& text) {
    write_file(file, text);
    return error_of([&] { read_metrics(file); });
  };
  EXPECT_TRUE(mentions(refusal("a,b\n1,2\n"), {"metrics.csv", "line 1", "header", "delete it"}));
  EXPECT_TRUE(mentions(refusal(header + "1,1,1,x\x1b,1,,,\n"), {"line 2", "x\\x1b"}));
  EXPECT_TRUE(mentions(refusal(header + "1,1\n"), {"line 2 is damaged: '1,1'"}));
  EXPECT_TRUE(mentions(refusal(header + std::string(10'000, ',') + "\n"), {"line 2 is damaged"}));
  for (const char* row :
       {"-1,1,0,0,0,,,\n", ",1,0,0,0,,,\n", "inf,1,0,0,0,,,\n", "nan,1,0,0,0,,,\n", "1,nan,0,0,0,,,\n",
        "1,inf,0,0,0,,,\n", "5,1,0,0,0,,,\n4,1,0,0,0,,,\n", "5,1,0,0,0,,,\n6,0.5,0,0,0,,,\n"})
    EXPECT_EQ(refusal(header + row).code(), ErrorCode::bad_data) << row;
  EXPECT_EQ(error_of([] { read_metrics("/nonexistent"); }).code(), ErrorCode::not_found);
}

TEST_F(Metrics, AResumedRunRefusesDamagedFilesOfItsPast) {
  const auto data = synthetic_data();
  const Recipe recipe = small_recipe();
  const auto folder = temporary / "run";
  RunCallbacks callbacks;
  callbacks.on_step = [](const StepInfo& info) { return info.step == 20 ? Flow::stop : Flow::go_on; };
  run_recipe(recipe, *data, {.folder = folder}, callbacks);
  const auto resume = [&] { return run_recipe(recipe, *data, {.folder = folder, .resume = true}); };
  const std::string metrics = read_text_file(folder / "metrics.csv");
  std::string damaged = metrics;
  damaged.replace(damaged.find("\n7,") + 1, 1, "?");
  write_file(folder / "metrics.csv", damaged);
  EXPECT_TRUE(mentions(error_of(resume), {"metrics.csv", "line 8 is damaged", "delete it"}));
  write_file(folder / "metrics.csv", metrics);

  const auto events = folder / "events.out.tfevents.scrawl";
  const Bytes whole = read_file(events);
  for (const std::size_t place : {std::size_t{3}, whole.size() / 2, whole.size() - 3}) {
    Bytes bytes = whole;
    bytes[place] ^= std::byte{1};
    write_file(events, bytes);
    EXPECT_TRUE(mentions(error_of(resume), {"events.out.tfevents.scrawl, byte", "delete it"})) << place;
    EXPECT_EQ(read_file(events), bytes);
  }
  write_file(events, whole);
  EXPECT_TRUE(resume().finished);
}

}  // namespace
}  // namespace scrawl::metrics_test
