#include "nn/allocation_counter.h"
#include "nn/nn_testing.h"

#include <utility>

#include <gtest/gtest.h>

namespace scrawl::allocation_test {
namespace {

using test::random_samples;
using test::Training;
using Kind = OptimizerSpec::Kind;

TEST(Allocation, IsCounted) {
  const std::size_t before = test::allocations();
  const AlignedVector<float> aligned(100);
  const std::vector<int> ordinary(100);
  EXPECT_EQ(test::allocations() - before, 2U);
}

TEST(Allocation, ATrainingStepAllocatesNothing) {
  for (const auto* model :
       {"28x28 > dense 50 > sigmoid > dense 10", "60 > relu > tanh > dense 530 > relu > sigmoid > dense 10",
        "2x9x8 > conv 5 3x3 > batchnorm > relu > maxpool 2 > dropout 0.3 > silu > dense 9 > batchnorm > "
        "leaky-relu > dropout 0.2 > dense 10"})
    for (const auto& [kind, clip_norm] : {std::pair(Kind::sgd, 0.0F),
                                          {Kind::sgd, 0.01F},
                                          {Kind::momentum, 0.0F},
                                          {Kind::nesterov, 0.0F},
                                          {Kind::adamw, 0.01F},
                                          {Kind::adadelta, 0.0F}})
      for (const LossSpec& loss :
           {LossSpec(SoftmaxCrossEntropy{}), LossSpec(SquaredError{}), LossSpec(MulticlassHinge{})})
        for (const auto target : supported_targets())
          for (const std::size_t threads : {1, 2}) {
            const OptimizerSpec optimizer = {
                .kind = kind,
                .l2 = 0.01F,
                .clip_norm = clip_norm,
                .schedule = {.kind = Schedule::Kind::one_cycle, .cycle_momentum = true}};
            Training training(model, loss, optimizer, 32, threads, target);
            const auto full = random_samples<float>(32, training.network().inputs(), 10, 1);
            const auto smaller = random_samples<float>(7, training.network().inputs(), 10, 2);
            const std::size_t before = test::allocations();
            for (int i = 0; i < 2; ++i) {
              training.step(full);
              training.step(smaller);
            }
            ASSERT_EQ(test::allocations() - before, 0U)
                << model << " " << to_string(target) << " " << threads;
          }
}

TEST(Allocation, APredictionAllocatesNothing) {
  Network network(parse_model("28x28 > dense 50 > sigmoid > dense 10"));
  const auto samples = random_samples<float>(32, 784, 10, 1);
  auto workspace = network.make_workspace(32);
  for (const std::size_t threads : {1, 2}) {
    const Compute compute(threads);
    const std::size_t before = test::allocations();
    network.predict(samples.view(), workspace, compute);
    EXPECT_EQ(test::allocations() - before, 0U);
  }
}

}  // namespace
}  // namespace scrawl::allocation_test
