#include "scrawl/run.h"

#include "testing.h"
#include "train/synthetic.h"

#include <cstddef>
#include <string>

#include <gtest/gtest.h>

// Weights that must never change without a reason: they are what makes a run reproducible elsewhere. One
// small run for each path through the trainer, for every number of threads and every instruction set.
namespace scrawl::pinned_weights_test {
namespace {

void expect_weights(const Recipe& recipe, const TrainingData& data, const std::string& sha256) {
  const test::TempFolder folder;
  for (const Target target : supported_targets())
    for (const std::size_t threads : {1, 3}) {
      const RunOptions options = {
          .folder = folder / "run", .overwrite = true, .threads = threads, .target = target};
      EXPECT_EQ(run_recipe(recipe, data, options).report.weights_sha256, sha256)
          << to_string(target) << ", threads " << threads;
    }
}

Recipe short_recipe() {
  Recipe recipe = test::small_recipe();
  recipe.training.epochs = 1;
  return recipe;
}

TEST(PinnedWeights, OfAConvolutionalRun) {
  Recipe recipe = short_recipe();
  recipe.model = parse_model("6x5 > conv 4 3x3 pad 1 > batchnorm > relu > maxpool 2 > dropout 0.2 > dense 4");
  recipe.optimizer.kind = OptimizerSpec::Kind::adamw;
  recipe.optimizer.learning_rate = 0.01F;
  expect_weights(recipe, *test::synthetic_data(),
                 "e3150b3a74973a665ad6b102404af16f1e1c50d66137598ff652765270ad0a5d");
}

TEST(PinnedWeights, OfAnAugmentedRun) {
  Recipe recipe = short_recipe();
  recipe.augmentation = {.shift = 1,
                         .rotation = 15,
                         .scale = 0.1F,
                         .elastic_alpha = 8,
                         .elastic_sigma = 3,
                         .thickness = 0.5F,
                         .blur = 0.5F,
                         .contrast = 0.2F,
                         .noise = 8,
                         .erase_probability = 0.3F};
  expect_weights(recipe, *test::synthetic_data(),
                 "bb8ccc8d2aae07a415d8d9e8361994d8bb1eeda560697cee5d24b0a3998c18a4");
}

TEST(PinnedWeights, OfAnEnsemble) {
  Recipe recipe = short_recipe();
  recipe.members = 2;
  expect_weights(recipe, *test::synthetic_data(),
                 "2617cc345ab741f48dc359c142c95b3797d1ed5c6b947d2431efcd35ce6a2aff");
}

TEST(PinnedWeights, OfAnOnlineRun) {
  Recipe recipe = short_recipe();
  recipe.optimizer = {.kind = OptimizerSpec::Kind::sgd, .learning_rate = 0.02F, .l2 = 1e-3F};
  recipe.training.batch = 1;
  expect_weights(recipe, *test::synthetic_data(),
                 "270f479e8651982baccf4857f7647993537e2ac7105e94953f0b2807a8e9139e");
}

}  // namespace
}  // namespace scrawl::pinned_weights_test
