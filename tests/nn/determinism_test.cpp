#include "nn/nn_testing.h"

#include <cstring>

#include <gtest/gtest.h>

// Training gives the same bits for every number of threads and every instruction set.
namespace scrawl::determinism_test {
namespace {

using test::random_samples;
using test::Samples;
using test::Training;
using Kind = OptimizerSpec::Kind;

// Sanitizers slow a step down tenfold; they need each code path once, in several threads.
#ifdef SCRAWL_SANITIZED
constexpr std::size_t few_steps = 3;
#else
constexpr std::size_t few_steps = 12;
#endif

struct Experiment {
  const char* model;
  LossSpec loss;
  OptimizerSpec optimizer;
  std::size_t batch;
};

/// All that a run leaves: its weights, its last gradients and the losses on the way.
struct Outcome {
  std::string weights;
  std::vector<float> gradients;
  std::vector<float> losses;
  bool operator==(const Outcome&) const = default;
};

Outcome train(const Experiment& experiment, std::size_t threads, Target target,
              std::size_t steps = few_steps) {
  Training training(experiment.model, experiment.loss, experiment.optimizer, experiment.batch, threads,
                    target);
  Outcome outcome;
  for (std::size_t i = 0; i < steps; ++i)
    outcome.losses.push_back(training.step(random_samples<float>(
        experiment.batch, training.network().inputs(), training.network().outputs(), i)));
  outcome.weights = weights_sha256(training.network());
  outcome.gradients.assign(training.gradients().begin(), training.gradients().end());
  return outcome;
}

void expect_the_same_bits(const Experiment& experiment) {
  const Outcome expected = train(experiment, 1, Target::scalar);
  EXPECT_TRUE(std::isfinite(expected.losses.back()));
  EXPECT_LT(expected.losses.back(), 30);
  for (const auto target : supported_targets())
    for (const std::size_t threads : {1, 2, 3, 8})
      EXPECT_EQ(train(experiment, threads, target), expected)
          << experiment.model << ", " << to_string(target) << ", " << threads << " threads, batch "
          << experiment.batch;
}

const OptimizerSpec sgd = {.kind = Kind::sgd, .learning_rate = 0.1F, .l2 = 0.01F};
const OptimizerSpec momentum = {.kind = Kind::momentum, .learning_rate = 0.02F};
const OptimizerSpec nesterov = {.kind = Kind::nesterov, .learning_rate = 0.02F, .l2 = 1e-3F};
const OptimizerSpec adamw = {.kind = Kind::adamw, .learning_rate = 0.003F, .weight_decay = 0.01F};

const OptimizerSpec adadelta = {.kind = Kind::adadelta, .learning_rate = 1};
const OptimizerSpec clipped = {.kind = Kind::sgd, .learning_rate = 0.1F, .clip_norm = 0.1F};
const OptimizerSpec cycled = {.kind = Kind::adamw,
                              .learning_rate = 0.003F,
                              .clip_norm = 0.1F,
                              .schedule = {.kind = Schedule::Kind::one_cycle, .cycle_momentum = true}};

TEST(Determinism, EveryOptimizer) {
  for (const auto& optimizer : {sgd, momentum, nesterov, adamw, adadelta, clipped, cycled})
    expect_the_same_bits(
        {"7x5 > dense 33 > sigmoid > dense 17 > tanh > dense 10", SoftmaxCrossEntropy{}, optimizer, 32});
}

TEST(Determinism, EveryBatchSize) {
  for (const std::size_t batch : {1, 3, 32, 100})
    expect_the_same_bits({"3x4x5 > dense 130 > relu > dense 26", SoftmaxCrossEntropy{}, momentum, batch});
}

TEST(Determinism, EveryLoss) {
  expect_the_same_bits({"60 > dense 10", MulticlassHinge{}, sgd, 17});
  expect_the_same_bits(
      {"61 > dense 47 nobias > sigmoid > dense 11 nobias > sigmoid", SquaredError{}, adamw, 13});
  expect_the_same_bits(
      {"59 > tanh > dense 31 > relu > sigmoid > dense 7", SoftmaxCrossEntropy{1e-7F}, nesterov, 9});
}

// Batches that fill blocks of 16, and such that do not; changes of layout in all places.
TEST(Determinism, Convolutions) {
  for (const std::size_t batch : {1, 5, 32, 50})
    expect_the_same_bits(
        {"2x9x8 > conv 5 3x3 pad 1 > relu > maxpool 2 > conv 7 2x3 > tanh > dense 9 > relu > dense 4",
         SoftmaxCrossEntropy{}, momentum, batch});
  // Large enough for Winograd's way.
  expect_the_same_bits(
      {"12x12 > conv 16 3x3 pad 1 > relu > conv 17 3x3 pad 1 > relu > maxpool 2 > conv 16 3x3 pad 1 > dense "
       "4",
       SoftmaxCrossEntropy{},
       {.kind = Kind::momentum, .learning_rate = 0.002F},
       18});
  expect_the_same_bits({"70 > dense 60 > relu > conv 3 1x5 stride 2 > sigmoid > avgpool 1 > dense 4",
                        SoftmaxCrossEntropy{}, sgd, 20});
  expect_the_same_bits({"9x9 > conv 4 5x5 nobias > avgpool 3 stride 2 > relu > conv 3 1x1 > globalavgpool",
                        SoftmaxCrossEntropy{}, adamw, 33});
}

TEST(Determinism, NormalisationDropoutAndSmoothLabels) {
  for (const std::size_t batch : {1, 5, 32, 50})
    expect_the_same_bits(
        {"2x9x8 > conv 5 3x3 pad 1 > batchnorm > relu > maxpool 2 > dropout 0.3 > conv 7 2x3 > "
         "leaky-relu 0.1 > batchnorm > dense 9 > batchnorm > silu > dropout 0.2 > dense 4",
         SoftmaxCrossEntropy{.label_smoothing = 0.1F}, momentum, batch});
  expect_the_same_bits(
      {"70 > batchnorm > dense 600 nobias > batchnorm > tanh > dense 4", SoftmaxCrossEntropy{}, adamw, 33});
}

// Wide enough for each of eight threads to get columns, activations and parameters of its own.
TEST(Determinism, WideLayers) {
  expect_the_same_bits({"30 > dense 530 > relu > dense 65 > relu > dense 3", SoftmaxCrossEntropy{}, sgd, 40});
  expect_the_same_bits(
      {"30 > dense 530 > relu > dense 65 > relu > dense 3", SoftmaxCrossEntropy{}, adamw, 1});
  expect_the_same_bits(
      {"30 > dense 530 > relu > dense 65 > relu > dense 3", SoftmaxCrossEntropy{}, cycled, 8});
}

#ifndef SCRAWL_SANITIZED
// Numbers that must never change without a reason: they are what makes a run reproducible elsewhere.
TEST(Determinism, ARunsWeightsArePinned) {
  const Experiment experiment = {"7x5 > dense 33 > sigmoid > dense 17 > tanh > dense 10",
                                 SoftmaxCrossEntropy{}, sgd, 32};
  EXPECT_EQ(train(experiment, 1, default_target(), 30).weights,
            "26fa8514af91268d04bba7f2b649d2ce35c8e62dacd5631b32d94bec4befb67b");
  const Experiment adam = {"61 > dense 47 > relu > dense 11", MulticlassHinge{}, adamw, 13};
  EXPECT_EQ(train(adam, 1, default_target(), 30).weights,
            "ea6cba4265d68bc8d6c0b0df35eb1e2d497991fbb1d5df57f652c05617f61214");
}
#endif

}  // namespace
}  // namespace scrawl::determinism_test
