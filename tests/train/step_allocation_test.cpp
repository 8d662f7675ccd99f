#include "nn/allocation_counter.h"
#include "train/synthetic.h"

#include <gtest/gtest.h>

namespace scrawl {
namespace {

// A whole step: drawing the batch, preprocessing, forward, loss, backward, update.
TEST(StepAllocation, AStepOfTheTrainerAllocatesNothing) {
  const auto data = test::synthetic_data();
  for (const auto kind : {OptimizerSpec::Kind::sgd, OptimizerSpec::Kind::adamw})
    for (const auto sampling : {Sampling::sequential, Sampling::shuffled, Sampling::with_replacement})
      for (const std::size_t threads : {1, 2}) {
        Recipe recipe = test::small_recipe();
        recipe.optimizer.kind = kind;
        recipe.training.sampling = sampling;
        recipe.training.loss_after_update = true;
        recipe.fit.standardise = Standardise::per_pixel;
        recipe.report.every = 0;
        recipe.report.loss_every = 1000;
        Trainer trainer(recipe, *data, threads);
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
        EXPECT_EQ(last, first) << "threads " << threads;
      }
}

}  // namespace
}  // namespace scrawl
