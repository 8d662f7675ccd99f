#include "train/weight_average.h"

#include "scrawl/evaluation.h"
#include "scrawl/model.h"
#include "scrawl/run.h"
#include "scrawl/trainer.h"

#include "nn/custom_layers.h"
#include "testing.h"
#include "train/synthetic.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace scrawl::weight_average_test {
namespace {

using test::error_of;
using test::of_numerical_length;
using test::small_recipe;
using test::synthetic_data;

/// With running statistics, in a layer of the tests' own.
ModelSpec model_with_state() { return parse_model("6x5 > centred-pair > dense 4", test::custom_layers()); }

Recipe averaged_recipe(double decay = 0.9) {
  Recipe recipe = small_recipe();
  recipe.training.average_decay = decay;
  return recipe;
}

std::vector<float> all_of(const Network& network) {
  std::vector<float> values(network.parameters().begin(), network.parameters().end());
  values.insert(values.end(), network.state().begin(), network.state().end());
  return values;
}

/// Parameters and state that no training gives: a function of `step` alone.
void fill(Network& network, std::uint32_t step) {
  std::uint32_t index = 0;
  for (auto& value : network.parameters())
    value = static_cast<float>(random_normal({.seed = 1, .step = step}, index++));
  for (auto& value : network.state())
    value = static_cast<float>(random_normal({.seed = 1, .step = step}, index++));
}

TEST(WeightAverage, IsTheFormula) {
  for (const double decay : {0.5, 0.9, 0.999}) {
    Network network(model_with_state());
    ASSERT_EQ(network.state().size(), 30U);
    fill(network, 0);
    WeightAverage average(network, decay);
    EXPECT_EQ(all_of(average.network()), all_of(network));
    const auto start = all_of(network);
    std::vector<double> expected(start.begin(), start.end());
    const Compute compute(2);
    for (std::uint32_t t = 1; t <= 100; ++t) {
      fill(network, t);
      average.update(t, network, compute);
      const double d = std::min(decay, (1.0 + t) / (10.0 + t));
      const auto now = all_of(network);
      for (std::size_t i = 0; i < now.size(); ++i) expected[i] = d * expected[i] + (1 - d) * now[i];
    }
    const auto values = all_of(average.network());
    for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], expected[i], 1e-6) << decay;
  }
}

TEST(WeightAverage, ThreadsAndTargetsGiveTheSameBits) {
  Network network(parse_model("30 > dense 530 > relu > dense 65"));
  std::vector<float> expected;
  for (const auto target : supported_targets())
    for (const std::size_t threads : {1, 2, 3, 8}) {
      const Compute compute(threads, target);
      fill(network, 0);
      WeightAverage average(network, 0.99);
      for (std::uint32_t t = 1; t <= 3; ++t) {
        fill(network, t);
        average.update(t, network, compute);
      }
      if (expected.empty()) expected = average.state();
      EXPECT_EQ(average.state(), expected) << to_string(target) << ", threads " << threads;
    }
}

TEST(WeightAverage, ComesBackFromItsState) {
  Network network(model_with_state());
  fill(network, 1);
  WeightAverage average(network, 0.9);
  fill(network, 2);
  average.update(1, network, Compute());
  WeightAverage other(network, 0.9);
  EXPECT_NE(all_of(other.network()), all_of(average.network()));
  EXPECT_EQ(average.state().size(), average.state_size());
  other.restore(average.state());
  EXPECT_EQ(all_of(other.network()), all_of(average.network()));
}

// The average looks on: the steps are those of a run without it.
TEST(WeightAverage, OfATrainerFollowsItsSteps) {
  const auto data = synthetic_data();
  for (const char* model : {"dense", "state"}) {
    for (const bool after_update : {false, true}) {
      Recipe recipe = averaged_recipe();
      recipe.training.loss_after_update = after_update;
      if (model == std::string("state")) recipe.model = model_with_state();
      Recipe plain_recipe = recipe;
      plain_recipe.training.average_decay = 0;
      Trainer plain(plain_recipe, *data, 1);
      Trainer averaged(recipe, *data, 2);
      EXPECT_EQ(all_of(averaged.network()), all_of(plain.network())) << "before the first step";

      const auto start = all_of(plain.network());
      std::vector<double> expected(start.begin(), start.end());
      TrainerCallbacks callbacks;
      callbacks.on_step = [&](const StepInfo& info) {
        const auto t = static_cast<double>(info.step);
        const double d = std::min(0.9, (1 + t) / (10 + t));
        const auto now = all_of(plain.network());
        for (std::size_t i = 0; i < now.size(); ++i) expected[i] = d * expected[i] + (1 - d) * now[i];
        return Flow::go_on;
      };
      plain.train(callbacks);
      averaged.train();
      EXPECT_EQ(averaged.state().parameters, plain.state().parameters);
      EXPECT_EQ(averaged.state().state, plain.state().state);
      const auto values = all_of(averaged.network());
      EXPECT_NE(values, all_of(plain.network()));
      for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], expected[i], 1e-6) << model;
    }
  }
}

TEST(WeightAverage, WithClippingAndACycleHasTheSameBitsEverywhere) {
  const auto data = synthetic_data();
  Recipe recipe = averaged_recipe(0.99);
  recipe.model = parse_model("6x5 > dense 300 > relu > dense 4");  // parameters for several threads
  recipe.optimizer.clip_norm = 0.5F;
  recipe.optimizer.schedule = {.kind = Schedule::Kind::one_cycle, .cycle_momentum = true};
  for (const auto kind : {OptimizerSpec::Kind::nesterov, OptimizerSpec::Kind::adamw}) {
    recipe.optimizer.kind = kind;
    std::vector<float> expected;
    for (const auto target : supported_targets())
      for (const std::size_t threads : {1, 2, 3}) {
        Trainer trainer(recipe, *data, threads, target);
        trainer.train();
        if (expected.empty()) expected = all_of(trainer.network());
        EXPECT_EQ(all_of(trainer.network()), expected) << to_string(target) << ", threads " << threads;
      }
  }
}

TEST(WeightAverage, IsWhatIsEvaluatedAndReported) {
  const auto data = synthetic_data();
  // So slow an average that it has hardly left the initial weights when the network has learned.
  Recipe recipe = averaged_recipe(0.9999);
  recipe.training.epochs = 1;
  recipe.report.every = 1;
  Trainer trainer(recipe, *data, 1);
  Evaluator evaluator(trainer.network(), trainer.preprocessing(), 128, 1);
  std::size_t records = 0;
  TrainerCallbacks callbacks;
  callbacks.on_record = [&](const Record& record) {
    ++records;
    EXPECT_EQ(record.accuracies[static_cast<std::size_t>(Part::train)],
              evaluator.accuracy(trainer.network(), data->train));
    EXPECT_NE(all_of(trainer.network()), trainer.state().parameters);
  };
  trainer.train(callbacks);
  EXPECT_EQ(records, 13U);
  const TrainReport report = trainer.report();
  EXPECT_EQ(report.weights_sha256, weights_sha256(trainer.network()));
  EXPECT_EQ(report.test_accuracy, evaluator.accuracy(trainer.network(), data->test));

  recipe.training.average_decay = 0;
  Trainer plain(recipe, *data, 1);
  plain.train();
  EXPECT_NE(plain.report().weights_sha256, report.weights_sha256);
  EXPECT_NE(plain.report().train_accuracy, report.train_accuracy);
  EXPECT_EQ(plain.report().final_loss, report.final_loss);  // of the steps
}

TEST(WeightAverage, AResumedTrainerHasTheSameBits) {
  const auto data = synthetic_data();
  for (const bool with_state : {false, true})
    for (const std::uint64_t stop_at : {1, 13, 30}) {
      Recipe recipe = averaged_recipe();
      recipe.optimizer = {.kind = OptimizerSpec::Kind::adadelta, .learning_rate = 1, .clip_norm = 1};
      if (with_state) recipe.model = model_with_state();
      Trainer whole(recipe, *data, 1);
      whole.train();
      Trainer first(recipe, *data, 2);
      TrainerCallbacks callbacks;
      callbacks.on_step = [&](const StepInfo& info) {
        return info.step == stop_at ? Flow::stop : Flow::go_on;
      };
      EXPECT_FALSE(first.train(callbacks));
      Trainer second(recipe, *data, 3);
      second.restore(first.state());
      EXPECT_EQ(all_of(second.network()), all_of(first.network()));
      EXPECT_TRUE(second.train());
      EXPECT_EQ(weights_sha256(second.network()), weights_sha256(whole.network())) << stop_at;
    }
  TrainingState short_of_one = Trainer(averaged_recipe(), *data, 1).state();
  short_of_one.average.pop_back();
  EXPECT_EQ(error_of([&] { Trainer(averaged_recipe(), *data, 1).restore(short_of_one); }).code(),
            ErrorCode::invalid_argument);
  const TrainingState without = Trainer(small_recipe(), *data, 1).state();
  EXPECT_TRUE(without.average.empty());
  EXPECT_EQ(error_of([&] { Trainer(averaged_recipe(), *data, 1).restore(without); }).code(),
            ErrorCode::invalid_argument);
}

// Steps on one image have a way of their own, which knows no average and no clipping.
TEST(WeightAverage, AndClippingAreThereOnOneImageAStep) {
  const auto data = synthetic_data();
  Recipe recipe = small_recipe();
  recipe.optimizer = {.learning_rate = 0.01F, .l2 = 0.01F};
  recipe.training.batch = 1;
  for (const bool clipped : {false, true}) {
    recipe.training.average_decay = clipped ? 0 : 0.9;
    recipe.optimizer.clip_norm = clipped ? 1e6F : 0;  // so high that it changes nothing
    Trainer trainer(recipe, *data, 2);
    trainer.train();
    EXPECT_TRUE(trainer.state().online.empty());
    EXPECT_GT(trainer.report().test_accuracy, 0.95);
    Recipe plain_recipe = recipe;
    plain_recipe.training.average_decay = 0;
    plain_recipe.optimizer.clip_norm = 0;
    plain_recipe.training.loss_after_update = true;  // leaves the way of one image, too
    Trainer plain(plain_recipe, *data, 1);
    plain.train();
    EXPECT_EQ(trainer.state().parameters, plain.state().parameters);
  }
}

TEST(WeightAverage, GoesWithTheNumericalGradient) {
  const auto data = synthetic_data();
  const auto train = [&](Recipe::Gradient gradient) {
    Trainer trainer(of_numerical_length(averaged_recipe(), gradient), *data, 2);
    trainer.train();
    return all_of(trainer.network());
  };
  const auto numerical = train(Recipe::Gradient::numerical);
  const auto exact = train(Recipe::Gradient::backpropagation);
  for (std::size_t i = 0; i < exact.size(); ++i) EXPECT_NEAR(numerical[i], exact[i], 1e-6);
}

TEST(WeightAverage, IsTheModelOfARunAlsoOfAnInterruptedOne) {
  const auto data = synthetic_data();
  const Recipe recipe = averaged_recipe();
  const test::TempFolder temporary;
  const auto model_of = [&](const std::filesystem::path& folder) {
    return weights_sha256(load_model(folder / "model.safetensors").only().network);
  };
  Trainer trainer(recipe, *data, 1);
  trainer.train();
  run_recipe(recipe, *data, {.folder = temporary / "whole", .threads = 1});
  EXPECT_EQ(model_of(temporary / "whole"), weights_sha256(trainer.network()));

  RunCallbacks callbacks;
  callbacks.on_step = [](const StepInfo& info) { return info.step == 20 ? Flow::stop : Flow::go_on; };
  EXPECT_FALSE(run_recipe(recipe, *data, {.folder = temporary / "parts", .threads = 2}, callbacks).finished);
  EXPECT_TRUE(
      run_recipe(recipe, *data, {.folder = temporary / "parts", .resume = true, .threads = 3}).finished);
  EXPECT_EQ(model_of(temporary / "parts"), weights_sha256(trainer.network()));
}

}  // namespace
}  // namespace scrawl::weight_average_test
