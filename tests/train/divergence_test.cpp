#include "scrawl/model.h"
#include "scrawl/run.h"

#include "base/files.h"
#include "testing.h"
#include "train/synthetic.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace scrawl::divergence_test {
namespace {

using test::contains;
using test::error_of;
using test::mentions;
using test::of_numerical_length;
using test::small_recipe;
using test::synthetic_data;

class Divergence : public ::testing::Test {
 protected:
  /// The error of the run, which leaves neither a result nor a model nor a number that is not finite.
  Error diverges(const RunOptions& options = {}) {
    RunOptions here = options;
    here.folder = folder;
    here.overwrite = !options.resume;
    Error error = error_of([&] { run_recipe(recipe, *data, here); });
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_TRUE(mentions(error, {folder.string(), "training diverged at step "}));
    for (const char* file : {"result.json", "model.safetensors"})
      EXPECT_FALSE(std::filesystem::exists(folder / file)) << file;
    const std::string metrics = read_text_file(folder / "metrics.csv");
    EXPECT_FALSE(contains(metrics, "nan") || contains(metrics, "inf")) << metrics;
    return error;
  }

  test::TempFolder temporary;
  std::filesystem::path folder = temporary / "run";
  std::unique_ptr<TrainingData> data = synthetic_data();
  Recipe recipe = small_recipe();
};

TEST_F(Divergence, StopsAtTheStepWhoseLossIsNotFinite) {
  recipe.optimizer.learning_rate = 1e30F;
  EXPECT_TRUE(mentions(diverges(), {"step 1: the loss with its l2 penalty is infinite",
                                    "optimizer.learning_rate (it is 1e+30)"}));
  recipe.optimizer.l2 = 0;
  EXPECT_TRUE(
      mentions(diverges(), {"step 2: the loss is", "optimizer.learning_rate (it is 1e+30)", "1e+29"}));
}

TEST_F(Divergence, IsNoticedInEveryWayOfTraining) {
  recipe.optimizer.learning_rate = 3e37F;
  const Recipe batches = recipe;
  recipe.optimizer = {.learning_rate = 3e37F};  // one image a step
  recipe.training.batch = 1;
  diverges();
  diverges({.threads = 2});
  recipe = batches;
  recipe.training.average_decay = 0.9;
  diverges();
  recipe = of_numerical_length(batches, Recipe::Gradient::numerical);
  diverges();
  recipe = batches;
  recipe.model = parse_model("6x5 > conv 4 3x3 > batchnorm > relu > dense 4");
  diverges();
  recipe = batches;
  recipe.optimizer = {.kind = OptimizerSpec::Kind::adamw, .learning_rate = 3e37F};
  diverges();
}

// No step after it has a loss that would show it.
TEST_F(Divergence, OfTheLastStepIsNoticedBeforeAnythingIsSaved) {
  recipe.optimizer = {.learning_rate = std::numeric_limits<float>::max()};
  recipe.preprocessing.divisor = 0.001F;
  recipe.training.epochs = 0;
  recipe.training.steps = 1;
  EXPECT_TRUE(mentions(diverges(), {"step 1: a weight is not finite"}));
  EXPECT_FALSE(std::filesystem::exists(folder / "checkpoint.safetensors"));
}

TEST_F(Divergence, LeavesTheLastGoodCheckpoint) {
  // Good steps, and then the rate grows tenfold each step.
  recipe.optimizer.schedule = {.kind = Schedule::Kind::step, .every = 1, .factor = 10};
  recipe.optimizer.learning_rate = 1e-6F;
  const Error error = diverges({.checkpoint_seconds = 0});
  EXPECT_TRUE(mentions(error, {"the checkpoint of step ", " is kept"}));
  EXPECT_TRUE(std::filesystem::exists(folder / "checkpoint.safetensors"));
  // It can be resumed from, and diverges at the same step.
  EXPECT_EQ(diverges({.resume = true, .checkpoint_seconds = 0}).message(), error.message());
}

TEST_F(Divergence, NamesTheLikeliestCause) {
  recipe.preprocessing.divisor = 1e-30F;
  EXPECT_TRUE(mentions(diverges(), {"inputs reach 2", "preprocessing.divisor (it is 1e-30)", "0..1"}));
  recipe = small_recipe();
  recipe.initialiser = parse_initialiser("normal 1e30");
  EXPECT_TRUE(mentions(diverges(), {"step 1", "model.initialiser (it is 'normal 1e+30')"}));
  recipe = small_recipe();
  recipe.optimizer = {.learning_rate = 0.1F, .l2 = 1e6F};
  EXPECT_TRUE(mentions(diverges(), {"smaller optimizer.l2 (it is 1e+06)"}));
  recipe.optimizer = {.kind = OptimizerSpec::Kind::adamw, .learning_rate = 0.1F, .weight_decay = 1e6F};
  EXPECT_TRUE(mentions(diverges(), {"smaller optimizer.weight_decay (it is 1e+06)"}));
  recipe = small_recipe();
  recipe.preprocessing.divisor = 0.01F;  // pixels up to 25,500
  recipe.optimizer.learning_rate = 1e25F;
  EXPECT_TRUE(mentions(diverges(), {"smaller optimizer.learning_rate (it is 1e+25)"}));
}

bool at_chance(const RunResult& result) { return result.at_chance; }

TEST_F(Divergence, ARunThatStaysAtChanceSaysSo) {
  const auto run = [&] { return run_recipe(recipe, *data, {.folder = folder, .overwrite = true}); };
  EXPECT_FALSE(at_chance(run()));
  for (const float rate : {0.0F, 1e-12F}) {
    recipe.optimizer.learning_rate = rate;
    recipe.initialiser = parse_initialiser("zeros");  // the same answer for all images
    EXPECT_TRUE(at_chance(run())) << rate;
  }
  recipe.members = 2;
  EXPECT_TRUE(at_chance(run()));
  // A numerical run of three steps shows the gradient, not an accuracy.
  recipe = of_numerical_length(small_recipe(), Recipe::Gradient::numerical);
  recipe.optimizer.learning_rate = 0;
  EXPECT_FALSE(at_chance(run()));
}

}  // namespace
}  // namespace scrawl::divergence_test
