#include "nn/allocation_counter.h"
#include "train/synthetic.h"

#include <filesystem>
#include <utility>

#include <gtest/gtest.h>

namespace scrawl::step_allocation_test {
namespace {

/// Expects that steps after the first allocate nothing.
void expect_no_allocations(const Recipe& recipe, const TrainingData& data, std::size_t threads) {
  Trainer trainer(recipe, data, threads);
  std::size_t first = 0;
  std::size_t last = 0;
  TrainerCallbacks callbacks;
  callbacks.on_step = [&](const StepInfo& info) {
    last = test::allocations();
    if (info.step == 1) first = last;
    return info.step == 40 ? Flow::stop : Flow::go_on;
  };
  trainer.train(callbacks);
  EXPECT_GT(first, 0U);
  EXPECT_EQ(last, first) << recipe.name << ", threads " << threads;
}

// A whole step: drawing the batch, preprocessing, forward, loss, backward, update.
TEST(StepAllocation, AStepOfTheTrainerAllocatesNothing) {
  const auto data = test::synthetic_data();
  for (const auto kind :
       {OptimizerSpec::Kind::sgd, OptimizerSpec::Kind::adamw, OptimizerSpec::Kind::adadelta})
    for (const auto sampling : {Sampling::sequential, Sampling::shuffled, Sampling::with_replacement})
      for (const auto& [threads, batch] : {std::pair<std::size_t, std::size_t>{1, 16}, {2, 16}, {1, 1}}) {
        Recipe recipe = test::small_recipe();
        recipe.optimizer.kind = kind;
        recipe.training.sampling = sampling;
        recipe.training.loss_after_update = batch > 1;
        recipe.training.batch = batch;  // one image goes a way of its own
        recipe.fit.standardise = batch > 1 ? Standardise::per_pixel : Standardise::global;
        recipe.report.every = 0;
        recipe.report.loss_every = 1000;
        expect_no_allocations(recipe, *data, threads);
        recipe.augmentation = {.shift = 1,
                               .elastic_alpha = 5,
                               .thickness = 2,
                               .blur = 1,
                               .gamma = 1,
                               .noise = 9,
                               .erase_probability = 0.5F};
        expect_no_allocations(recipe, *data, threads);
      }
}

TEST(StepAllocation, AveragingAndClippingAllocateNothing) {
  const auto data = test::synthetic_data();
  for (const std::size_t threads : {1, 2})
    for (const std::size_t batch : {1, 16}) {
      Recipe recipe = test::small_recipe();
      recipe.optimizer.schedule = {.kind = Schedule::Kind::one_cycle, .cycle_momentum = true};
      recipe.optimizer.clip_norm = 0.01F;
      recipe.training.average_decay = 0.99;
      recipe.training.batch = batch;
      recipe.report.every = 0;
      recipe.report.loss_every = 1000;
      expect_no_allocations(recipe, *data, threads);
    }
}

TEST(StepAllocation, AStepOfEachRecipeAllocatesNothing) {
  const auto data = test::synthetic_data({1, 28, 28}, 10);
  std::size_t recipes = 0;
  for (const auto& file : std::filesystem::directory_iterator(SCRAWL_RECIPES)) {
    if (file.path().extension() != ".toml") continue;
    ++recipes;
    Recipe recipe = member_recipe(load_recipe(file.path()), 0);
    recipe.training.teacher.reset();  // a file that the script of the recipe makes
    recipe.training.teacher_share.reset();
    recipe.report.every = 0;
    recipe.report.loss_every = 1000;
    for (const std::size_t threads : {1, 2}) expect_no_allocations(recipe, *data, threads);
  }
  EXPECT_GT(recipes, 5U);
}

}  // namespace
}  // namespace scrawl::step_allocation_test
