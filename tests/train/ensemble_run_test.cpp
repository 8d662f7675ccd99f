#include "scrawl/evaluation.h"
#include "scrawl/model.h"
#include "scrawl/run.h"

#include "base/file_lock.h"
#include "base/files.h"
#include "base/text.h"
#include "testing.h"
#include "train/synthetic.h"

#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace scrawl::ensemble_run_test {
namespace {

using test::error_of;
using test::mentions;
using test::small_recipe;
using test::synthetic_data;
using Json = nlohmann::json;

TEST(MemberRecipe, HasASeedOfItsOwn) {
  Recipe recipe = small_recipe();
  recipe.members = 100;
  std::set<std::uint64_t> seeds;
  for (const std::uint64_t seed : {1, 2})
    for (std::size_t k = 0; k < recipe.members; ++k) {
      recipe.seed = seed;
      const Recipe one = member_recipe(recipe, k);
      EXPECT_EQ(one.members, 1U);
      EXPECT_EQ(parse_recipe(to_toml(one)).seed, one.seed);  // below 2^63, as TOML wants it
      seeds.insert(one.seed);
    }
  EXPECT_EQ(seeds.size(), 200U);
  recipe.seed = 1;
  EXPECT_EQ(member_recipe(recipe, 1).seed, 5375290237719535549U);  // by Philox in Python
  EXPECT_EQ(member_recipe(recipe, 3).seed, 5352693579381815502U);
  recipe.seed = 5;
  EXPECT_EQ(member_recipe(recipe, 0).seed, 5U);
  recipe.members = 1;
  EXPECT_EQ(to_toml(member_recipe(recipe, 0)), to_toml(recipe));
}

TEST(MemberRecipe, ReadsHowManyThereAre) {
  const std::string text = to_toml(small_recipe());
  EXPECT_EQ(parse_recipe(text).members, 1U);
  EXPECT_EQ(parse_recipe(text, "r", {{"ensemble.members=7"}}).members, 7U);
  for (const char* bad : {"0", "101", "-1", "x"})
    EXPECT_TRUE(
        mentions(error_of([&] { parse_recipe(text, "r", {{"ensemble.members=" + std::string(bad)}}); }),
                 {"ensemble.members"}));
}

class EnsembleRun : public ::testing::Test {
 protected:
  EnsembleRun() {
    recipe.members = 3;
    recipe.training.epochs = 2;
    recipe.optimizer.learning_rate = 0.004F;  // nobody is perfect
  }
  RunResult run(const RunOptions& options, const RunCallbacks& callbacks = {}) {
    return run_recipe(recipe, *data, options, callbacks);
  }
  /// Stops in the member that is trained as number `member`, counted from 1, at the step.
  static RunCallbacks stopping_at(std::size_t member, std::uint64_t step) {
    RunCallbacks callbacks;
    auto started = std::make_shared<std::size_t>(0);
    callbacks.on_start = [started](const Trainer&, std::uint64_t) { ++*started; };
    callbacks.on_step = [=](const StepInfo& info) {
      return *started == member && info.step == step ? Flow::stop : Flow::go_on;
    };
    return callbacks;
  }

  test::TempFolder temporary;
  std::filesystem::path folder = temporary / "run";
  std::unique_ptr<TrainingData> data = synthetic_data();
  Recipe recipe = small_recipe();
};

TEST_F(EnsembleRun, TrainsEachMemberAsItsRecipeAlone) {
  std::vector<std::size_t> begun;
  std::vector<std::size_t> ended;
  RunCallbacks callbacks;
  callbacks.on_member = [&](std::size_t k) { begun.push_back(k); };
  callbacks.on_member_end = [&](std::size_t k, const RunResult& result) {
    EXPECT_TRUE(result.finished);
    ended.push_back(k);
  };
  const RunResult result = run({.folder = folder, .threads = 1}, callbacks);
  ASSERT_TRUE(result.finished);
  EXPECT_EQ(begun, (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(ended, begun);
  EXPECT_EQ(result.report.lines.size(), 3U);

  const Model model = load_model(folder / "model.safetensors");
  ASSERT_EQ(model.members.size(), 3U);
  EXPECT_EQ(model.origin().recipe_text, to_toml(recipe));
  EXPECT_EQ(model.origin().seed, recipe.seed);
  const auto json = Json::parse(to_json(result));
  EXPECT_EQ(read_text_file(folder / "result.json"), to_json(result) + "\n");
  EXPECT_EQ(json["weights_sha256"], weights_sha256(model));
  EXPECT_EQ(json["parameters"], count_parameters(model));
  ASSERT_EQ(json["members"].size(), 3U);
  std::uint64_t steps = 0;
  for (std::size_t k = 0; k < 3; ++k) {
    const Recipe alone = member_recipe(recipe, k);
    const auto other = temporary / ("alone-" + std::to_string(k));
    const auto report = Json::parse(to_json(run_recipe(alone, *data, {.folder = other, .threads = 2})));
    EXPECT_EQ(report["weights_sha256"], weights_sha256(model.members[k].network));
    EXPECT_EQ(json["members"][k]["weights_sha256"], report["weights_sha256"]);
    EXPECT_EQ(json["members"][k]["test_accuracy"], report["test_accuracy"]);
    EXPECT_EQ(json["members"][k]["seed"], alone.seed);
    const auto mine = folder / ("member-" + std::to_string(k + 1));
    for (const char* file : {"recipe.toml", "metrics.csv", "model.safetensors"})
      EXPECT_EQ(read_file(mine / file), read_file(other / file)) << file;
    steps += report["steps"].get<std::uint64_t>();
  }
  EXPECT_EQ(json["steps"], steps);
  EXPECT_NE(weights_sha256(model.members[0].network), weights_sha256(model.members[1].network));

  const auto judged = judge_members(model, data->test);
  std::size_t right = 0;
  for (const auto& judgement : judged.judgements) right += judgement.is_mistake() ? 0 : 1;
  EXPECT_EQ(json["test_accuracy"], static_cast<double>(right) / 100);
  EXPECT_EQ(json["members"][1]["test_accuracy"], static_cast<double>(judged.correct[1]) / 100);
  EXPECT_TRUE(json["validation_accuracy"].is_number());
}

TEST_F(EnsembleRun, KeepsTheMeanOfTheMetrics) {
  ASSERT_TRUE(run({.folder = folder}).finished);
  const auto rows = [](const std::filesystem::path& file) {
    const std::string text = read_text_file(file);
    std::vector<std::vector<std::string>> table;
    for (const auto line : split(text, '\n')) {
      table.emplace_back();
      for (const auto field : split(line, ',')) table.back().emplace_back(field);
    }
    return table;
  };
  const auto mean = rows(folder / "metrics.csv");
  std::vector<std::vector<std::vector<std::string>>> each;
  for (const char* name : {"member-1", "member-2", "member-3"})
    each.push_back(rows(folder / name / "metrics.csv"));
  ASSERT_EQ(mean.size(), each[0].size());
  EXPECT_EQ(mean[0], each[0][0]);
  std::size_t accuracies = 0;
  for (std::size_t r = 1; r + 1 < mean.size(); ++r)
    for (std::size_t f = 0; f < mean[r].size(); ++f) {
      if (f < 3) {
        EXPECT_EQ(mean[r][f], each[2][r][f]);
        continue;
      }
      ASSERT_EQ(mean[r][f].empty(), each[0][r][f].empty());
      if (mean[r][f].empty()) continue;
      double sum = 0;
      for (const auto& table : each) sum += std::stod(table[r][f]);
      EXPECT_NEAR(std::stod(mean[r][f]), sum / 3, 1e-6) << r << ' ' << f;
      accuracies += f > 4 ? 1 : 0;
    }
  EXPECT_GT(accuracies, 0U);
}

TEST_F(EnsembleRun, AnInterruptedOneGoesOnWithItsMember) {
  ASSERT_TRUE(run({.folder = temporary / "whole", .threads = 1}).finished);
  EXPECT_FALSE(run({.folder = folder, .threads = 1}, stopping_at(2, 7)).finished);
  EXPECT_FALSE(std::filesystem::exists(folder / "model.safetensors"));
  EXPECT_TRUE(std::filesystem::exists(folder / "member-1" / "result.json"));
  EXPECT_FALSE(std::filesystem::exists(folder / "member-3"));
  EXPECT_FALSE(finished_run(recipe, folder));
  std::vector<std::uint64_t> first_steps;
  RunCallbacks callbacks;
  callbacks.on_start = [&](const Trainer&, std::uint64_t step) { first_steps.push_back(step); };
  EXPECT_TRUE(run({.folder = folder, .resume = true, .threads = 3}, callbacks).finished);
  EXPECT_EQ(first_steps, (std::vector<std::uint64_t>{7, 0}));
  for (const char* file : {"model.safetensors", "metrics.csv", "recipe.toml"})
    EXPECT_EQ(read_file(folder / file), read_file(temporary / "whole" / file)) << file;

  const RunResult again = run({.folder = folder, .resume = true});
  EXPECT_TRUE(again.was_finished);
  std::filesystem::remove(folder / "result.json");  // killed just before the end
  std::filesystem::remove(folder / "model.safetensors");
  const RunResult ended = run({.folder = folder, .resume = true});
  EXPECT_TRUE(ended.finished && !ended.was_finished);
  EXPECT_EQ(read_file(folder / "model.safetensors"), read_file(temporary / "whole" / "model.safetensors"));
}

TEST_F(EnsembleRun, IsNeverLostAndReplacedAsAWhole) {
  ASSERT_TRUE(run({.folder = folder}).finished);
  EXPECT_TRUE(mentions(error_of([&] { run({.folder = folder}); }), {"--resume", "--overwrite"}));
  recipe.members = 2;
  EXPECT_TRUE(
      mentions(error_of([&] { run({.folder = folder, .resume = true}); }), {"members = 3", "members = 2"}));
  {
    const FileLock lock(folder / "member-2" / ".lock");
    EXPECT_TRUE(mentions(error_of([&] { run({.folder = folder, .overwrite = true}); }), {"another process"}));
    EXPECT_TRUE(std::filesystem::exists(folder / "result.json"));  // nothing is removed
  }
  write_file(folder / "member-3" / "notes.txt", "mine");
  ASSERT_TRUE(run({.folder = folder, .overwrite = true}).finished);
  EXPECT_EQ(load_model(folder / "model.safetensors").members.size(), 2U);
  EXPECT_EQ(read_text_file(folder / "member-3" / "notes.txt"), "mine");
  EXPECT_FALSE(std::filesystem::exists(folder / "member-3" / "recipe.toml"));
  recipe.members = 1;
  ASSERT_TRUE(run({.folder = folder, .overwrite = true}).finished);
  EXPECT_FALSE(std::filesystem::exists(folder / "member-1"));
  EXPECT_EQ(load_model(folder / "model.safetensors").members.size(), 1U);
  // The recipe of a whole ensemble is lost, and its members are there.
  recipe.members = 2;
  ASSERT_TRUE(run({.folder = temporary / "other"}).finished);
  for (const char* file : {"recipe.toml", "result.json", "metrics.csv", "model.safetensors"})
    std::filesystem::remove(temporary / "other" / file);
  EXPECT_TRUE(mentions(error_of([&] { run({.folder = temporary / "other"}); }), {"member-1", "--overwrite"}));
}

TEST_F(EnsembleRun, ThatDoesNotFitItsDataLeavesNothing) {
  recipe.model = parse_model("6x5 > dense 3");  // the data have four classes
  error_of([&] { run({.folder = folder}); });
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST_F(EnsembleRun, StopsAtAMemberThatDiverges) {
  recipe.optimizer.learning_rate = 1e30F;
  EXPECT_TRUE(mentions(error_of([&] { run({.folder = folder}); }),
                       {"member-1", "diverged", "optimizer.learning_rate"}));
  EXPECT_FALSE(std::filesystem::exists(folder / "member-1" / "model.safetensors"));
  EXPECT_FALSE(std::filesystem::exists(folder / "member-2"));
  EXPECT_FALSE(std::filesystem::exists(folder / "result.json"));
}

TEST_F(EnsembleRun, DamagedMembersAreNamed) {
  EXPECT_FALSE(run({.folder = folder}, stopping_at(3, 5)).finished);
  const auto metrics = folder / "member-2" / "metrics.csv";
  const std::string rows = read_text_file(metrics);
  write_file(metrics, rows.substr(0, rows.size() / 2));
  EXPECT_TRUE(
      mentions(error_of([&] { run({.folder = folder, .resume = true}); }), {"member-2", "metrics.csv"}));
  write_file(metrics, rows);
  write_file(folder / "member-1" / "result.json", "{}\n");
  EXPECT_TRUE(mentions(error_of([&] { run({.folder = folder, .resume = true}); }), {"result.json"}));
}

}  // namespace
}  // namespace scrawl::ensemble_run_test
