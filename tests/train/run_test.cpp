#include "scrawl/run.h"

#include "scrawl/model.h"

#include "base/file_lock.h"
#include "base/files.h"
#include "testing.h"
#include "train/event_records.h"
#include "train/synthetic.h"

#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace scrawl::run_test {
namespace {

using test::error_of;
using test::events_without_time;
using test::mentions;
using test::small_recipe;
using test::synthetic_data;

class Run : public ::testing::Test {
 protected:
  RunResult run(const RunOptions& options, const RunCallbacks& callbacks = {}) {
    return run_recipe(recipe, *data, options, callbacks);
  }
  RunCallbacks stopping_at(std::uint64_t step) {
    RunCallbacks callbacks;
    callbacks.on_step = [step](const StepInfo& info) { return info.step == step ? Flow::stop : Flow::go_on; };
    return callbacks;
  }

  static std::vector<std::string> events_in(const std::filesystem::path& run) {
    return events_without_time(run / "events.out.tfevents.scrawl");
  }

  test::TempFolder temporary;
  std::filesystem::path folder = temporary / "run";
  std::unique_ptr<TrainingData> data = synthetic_data();
  Recipe recipe = small_recipe();
};

TEST_F(Run, LeavesModelMetricsRecipeAndResult) {
  const RunResult result = run({.folder = folder, .threads = 1});
  ASSERT_TRUE(result.finished);
  EXPECT_EQ(result.report.lines.size(), 1U);
  const auto json = nlohmann::json::parse(to_json(result));
  for (const char* key :
       {"recipe", "seed", "threads", "steps", "epochs", "train_seconds", "steps_seconds",
        "evaluation_seconds", "images_per_second", "final_loss", "train_accuracy", "validation_accuracy",
        "test_accuracy", "parameters", "weights_sha256", "peak_rss_mib"})
    EXPECT_TRUE(json.contains(key)) << key;
  EXPECT_EQ(json["train_seconds"].get<double>(),
            json["steps_seconds"].get<double>() + json["evaluation_seconds"].get<double>());
  EXPECT_EQ(read_text_file(folder / "result.json"), to_json(result) + "\n");
  EXPECT_EQ(to_toml(load_recipe(folder / "recipe.toml")), to_toml(recipe));

  const Model model = load_model(folder / "model.safetensors");
  EXPECT_EQ(json["weights_sha256"], weights_sha256(model.only().network));
  EXPECT_EQ(model.only().info.recipe_text, to_toml(recipe));

  const std::string metrics = read_text_file(folder / "metrics.csv");
  EXPECT_TRUE(metrics.starts_with("step,epoch,learning_rate,loss,batch_accuracy,"));
  EXPECT_EQ(std::count(metrics.begin(), metrics.end(), '\n'), 1 + 52);
  // The version, the first images, a record for each row, and the misread images if there are any.
  EXPECT_EQ(events_in(folder).size(), 2 + 52 + (json["test_accuracy"] < 1 ? 1 : 0));
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    EXPECT_EQ(entry.path().string().find(".tmp"), std::string::npos) << entry.path();
}

TEST_F(Run, ClassNamesThatAreNotUtf8AreEscaped) {
  data->train_file.class_names = {"caf\xe9", "b"};
  EXPECT_FALSE(run({.folder = folder, .threads = 1}, stopping_at(7)).finished);
  EXPECT_TRUE(run({.folder = folder, .resume = true, .threads = 1}).finished);
  EXPECT_EQ(load_model(folder / "model.safetensors").classes()[0], "caf\\xe9");
}

TEST_F(Run, AnInterruptedRunEndsWithTheSameBitsAndMetrics) {
  ASSERT_TRUE(run({.folder = temporary / "whole", .threads = 1}).finished);
  const std::string expected =
      weights_sha256(load_model(temporary / "whole" / "model.safetensors").only().network);
  EXPECT_FALSE(run({.folder = folder, .threads = 1}, stopping_at(7)).finished);
  EXPECT_FALSE(run({.folder = folder, .resume = true, .threads = 2, .checkpoint_seconds = 0}, stopping_at(40))
                   .finished);
  std::uint64_t first_step = 0;
  RunCallbacks callbacks;
  callbacks.on_start = [&](const Trainer&, std::uint64_t step) { first_step = step; };
  const RunResult result = run({.folder = folder, .resume = true, .threads = 3}, callbacks);
  EXPECT_TRUE(result.finished);
  EXPECT_EQ(first_step, 40U);
  EXPECT_EQ(weights_sha256(load_model(folder / "model.safetensors").only().network), expected);
  EXPECT_EQ(read_text_file(folder / "metrics.csv"), read_text_file(temporary / "whole" / "metrics.csv"));
  EXPECT_EQ(events_in(folder), events_in(temporary / "whole"));
}

// Older versions had other keys in [expect], which decides nothing, and perhaps fewer keys.
TEST_F(Run, ARunThatAnOlderVersionBeganGoesOn) {
  recipe.expect = {.reference = 0.9, .reference_source = "author", .test_accuracy = {0.5, 1}};
  ASSERT_TRUE(run({.folder = temporary / "whole", .threads = 1}).finished);
  EXPECT_FALSE(run({.folder = folder, .threads = 1}, stopping_at(7)).finished);
  const std::string written = read_text_file(folder / "recipe.toml");
  std::string old = written.substr(0, written.find("[expect]")) + "[expect]\nauthor = 0.8\n";
  const std::string later = "average = 0.0\n";
  ASSERT_NE(old.find(later), std::string::npos);
  old.erase(old.find(later), later.size());
  write_file(folder / "recipe.toml", old);
  EXPECT_TRUE(holds_run_of(recipe, folder));
  const RunResult result = run({.folder = folder, .resume = true, .threads = 1});
  EXPECT_TRUE(result.finished);
  EXPECT_EQ(weights_sha256(load_model(folder / "model.safetensors").only().network),
            weights_sha256(load_model(temporary / "whole" / "model.safetensors").only().network));
  EXPECT_EQ(read_text_file(folder / "recipe.toml"), written);
  const auto json = nlohmann::json::parse(to_json(result));
  EXPECT_EQ(json["reference_accuracy"], 0.9);
  EXPECT_EQ(json["reference_source"], "author");
}

TEST_F(Run, TheEndOfARunCanBeResumedToo) {
  recipe.training.epochs = 1;  // some images are still misread
  recipe.optimizer.learning_rate = 0.001F;
  const auto report = nlohmann::json::parse(to_json(run({.folder = folder, .threads = 1})));
  ASSERT_LT(report["test_accuracy"], 1);
  const auto events = events_in(folder);
  EXPECT_TRUE(test::contains(events.back(), "images/misread"));
  // Killed behind the last checkpoint.
  std::filesystem::remove(folder / "result.json");
  EXPECT_TRUE(run({.folder = folder, .resume = true, .threads = 2}).finished);
  EXPECT_EQ(events_in(folder), events);
}

TEST_F(Run, ARunWithoutEventsGetsThemWhenItGoesOn) {
  run({.folder = folder}, stopping_at(20));
  std::filesystem::remove(folder / "events.out.tfevents.scrawl");
  EXPECT_TRUE(run({.folder = folder, .resume = true}).finished);
  const auto events = events_in(folder);
  EXPECT_TRUE(test::contains(events.at(0), "brain.Event:2"));
  EXPECT_TRUE(test::contains(events.at(1), "images/train"));
  EXPECT_GE(events.size(), 2U + 32);
}

TEST_F(Run, ColourImagesHaveNoSheet) {
  data = synthetic_data({3, 6, 5});
  recipe.model = parse_model("3x6x5 > dense 4");
  EXPECT_TRUE(run({.folder = folder}).finished);
  for (const auto& event : events_in(folder)) EXPECT_FALSE(test::contains(event, "images/"));
}

TEST_F(Run, ResumingAFinishedRunReportsItAgain) {
  const std::string report = to_json(run({.folder = folder}));
  const RunResult again = run({.folder = folder, .resume = true});
  EXPECT_TRUE(again.was_finished);
  EXPECT_EQ(to_json(again), report);
  EXPECT_EQ(to_json(finished_run(recipe, folder).value()), report);
}

TEST_F(Run, AResultOfAnOlderVersionIsRead) {
  const RunResult result = run({.folder = folder});
  auto json = nlohmann::json::parse(to_json(result));
  json.erase("reference_accuracy");
  json.erase("reference_source");
  json.erase("at_chance");
  json["author_accuracy"] = 0.91;
  json["diverged"] = true;
  json["final_loss"] = nullptr;
  json["train_seconds"] = 1e9;  // follows from the others
  write_file(folder / "result.json", json.dump());
  const auto read = finished_run(recipe, folder);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->reference_accuracy, 0.91);
  EXPECT_TRUE(read->diverged);
  EXPECT_TRUE(std::isnan(read->report.final_loss));
  EXPECT_EQ(read->report.weights_sha256, result.report.weights_sha256);
  EXPECT_EQ(read->report.train_seconds(), result.report.train_seconds());
}

TEST_F(Run, ResumingNothingStartsAfresh) {
  EXPECT_TRUE(run({.folder = folder, .resume = true}).finished);
  // A run that was killed before its first checkpoint.
  EXPECT_FALSE(run({.folder = temporary / "early"}, stopping_at(3)).finished);
  std::filesystem::remove(temporary / "early" / "checkpoint.safetensors");
  EXPECT_TRUE(run({.folder = temporary / "early", .resume = true}).finished);
  EXPECT_EQ(read_text_file(folder / "metrics.csv"), read_text_file(temporary / "early" / "metrics.csv"));
  EXPECT_EQ(events_in(folder), events_in(temporary / "early"));
}

TEST_F(Run, AnExistingRunIsNeverLost) {
  run({.folder = folder}, stopping_at(5));
  const std::string metrics = read_text_file(folder / "metrics.csv");
  EXPECT_TRUE(mentions(error_of([&] { run({.folder = folder}); }), {"--resume", "--overwrite"}));
  recipe.seed = 2;
  EXPECT_TRUE(mentions(error_of([&] { run({.folder = folder, .resume = true}); }), {"seed = 1", "seed = 2"}));
  EXPECT_EQ(read_text_file(folder / "metrics.csv"), metrics);
  EXPECT_TRUE(run({.folder = folder, .overwrite = true}).finished);
}

TEST_F(Run, FilesWithoutARecipeAreNotRemoved) {
  make_folder(folder);
  write_file(folder / "model.safetensors", "somebody's work");
  for (const bool resume : {false, true})
    EXPECT_TRUE(mentions(error_of([&] { run({.folder = folder, .resume = resume}); }),
                         {"model.safetensors", "--overwrite"}));
  EXPECT_EQ(read_text_file(folder / "model.safetensors"), "somebody's work");
  EXPECT_TRUE(run({.folder = folder, .overwrite = true}).finished);
}

TEST_F(Run, ARunThatCannotBeginRemovesAndLeavesNothing) {
  ASSERT_TRUE(run({.folder = folder}).finished);
  const std::string result = read_text_file(folder / "result.json");
  recipe.model = parse_model("6x5 > dense 3");  // the data have four classes
  error_of([&] { run({.folder = folder, .overwrite = true}); });
  EXPECT_EQ(read_text_file(folder / "result.json"), result);
  error_of([&] { run({.folder = temporary / "other"}); });
  recipe = small_recipe();
  EXPECT_TRUE(run({.folder = temporary / "other"}).finished);
}

TEST_F(Run, WhatAKilledRunLeftHalfWrittenIsRemoved) {
  run({.folder = folder}, stopping_at(5));
  write_file(folder / "checkpoint.safetensors.tmp-123-0", "half");
  write_file(folder / "notes.tmp-1", "not ours");
  EXPECT_TRUE(run({.folder = folder, .resume = true}).finished);
  EXPECT_FALSE(std::filesystem::exists(folder / "checkpoint.safetensors.tmp-123-0"));
  EXPECT_TRUE(std::filesystem::exists(folder / "notes.tmp-1"));
}

TEST_F(Run, ACheckpointOfOtherDataOrADamagedOneIsRefused) {
  run({.folder = folder}, stopping_at(5));
  data->train_file.sha256 = "other";
  EXPECT_TRUE(mentions(error_of([&] { run({.folder = folder, .resume = true}); }), {"other training data"}));
  data->train_file.sha256 = "none";
  const Bytes whole = read_file(folder / "checkpoint.safetensors");
  for (std::size_t size = 0; size < whole.size(); size += 97) {
    write_file(folder / "checkpoint.safetensors",
               std::string_view(reinterpret_cast<const char*>(whole.data()), size));
    const auto error = error_of([&] { run({.folder = folder, .resume = true}); });
    EXPECT_EQ(error.code(), ErrorCode::bad_data) << size;
    EXPECT_TRUE(
        mentions(error, {"checkpoint.safetensors", "the checkpoint is cut off or damaged", "delete it"}))
        << size;
  }
}

TEST_F(Run, ACheckpointOfAnotherRecipeIsNamed) {
  run({.folder = folder}, stopping_at(5));
  const Bytes other = read_file(folder / "checkpoint.safetensors");
  recipe.model = parse_model("6x5 > dense 8 > relu > dense 4");
  run({.folder = temporary / "smaller"}, stopping_at(5));
  write_file(temporary / "smaller" / "checkpoint.safetensors", other);
  EXPECT_TRUE(
      mentions(error_of([&] { run({.folder = temporary / "smaller", .resume = true}); }),
               {"smaller", "checkpoint.safetensors", "recipe.toml", "564 parameters", "284", "delete it"}));
}

TEST_F(Run, ALineOfMetricsThatWasCutOffIsDropped) {
  run({.folder = temporary / "whole"});
  run({.folder = folder}, stopping_at(20));
  const std::string rows = read_text_file(folder / "metrics.csv");
  write_file(folder / "metrics.csv", rows + "21,1.6,0.05,0.123,1,,,\n22,1.69,0.0");
  EXPECT_TRUE(run({.folder = folder, .resume = true}).finished);
  EXPECT_EQ(read_text_file(folder / "metrics.csv"), read_text_file(temporary / "whole" / "metrics.csv"));
}

TEST_F(Run, TwoProcessesCannotWorkInOneFolder) {
  make_folder(folder);
  const FileLock lock(folder / ".lock");
  EXPECT_TRUE(mentions(error_of([&] { run({.folder = folder}); }), {"another process"}));
}

}  // namespace
}  // namespace scrawl::run_test
