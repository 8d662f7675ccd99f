#include "nn/nn_testing.h"

#include <atomic>
#include <cstring>
#include <thread>

#include <gtest/gtest.h>

// Predictions do not depend on the company of a sample, on threads, or on who else uses the network.
namespace scrawl::predict_test {
namespace {

using test::fill_parameters;
using test::random_samples;

const std::vector<const char*> models = {
    "28x28 > dense 50 > sigmoid > dense 10", "3x5x7 > dense 26 nobias",
    "33 > tanh > dense 130 > relu > sigmoid > dense 65 > relu > dense 10"};

std::vector<float> predict(const Network& network, MatrixView<const float> input, const Compute& compute,
                           Workspace& workspace) {
  const auto output = network.predict(input, workspace, compute);
  return {output.data(), output.data() + output.size()};
}

TEST(Predict, ABatchGivesTheBitsOfSingleSamples) {
  for (const auto* model : models) {
    Network network(parse_model(model));
    fill_parameters(network, 1);
    const auto samples = random_samples<float>(37, network.inputs(), 10, 1);
    for (const auto target : supported_targets()) {
      const Compute compute(1, target);
      auto workspace = network.make_workspace(37);
      const auto whole = predict(network, samples.view(), compute, workspace);
      std::vector<float> single;
      for (std::size_t r = 0; r < 37; ++r) {
        const auto one =
            predict(network, {samples.view().row(r).data(), 1, network.inputs()}, compute, workspace);
        single.insert(single.end(), one.begin(), one.end());
      }
      EXPECT_EQ(whole, single) << model << to_string(target);
    }
  }
}

TEST(Predict, ThreadsAndTargetsGiveTheSameBits) {
  for (const auto* model : models) {
    Network network(parse_model(model));
    fill_parameters(network, 2);
    for (const std::size_t rows : {1, 3, 100}) {
      const auto samples = random_samples<float>(rows, network.inputs(), 10, rows);
      auto workspace = network.make_workspace(rows);
      const auto expected = predict(network, samples.view(), Compute(1, Target::scalar), workspace);
      for (const auto target : supported_targets())
        for (const std::size_t threads : {1, 2, 3, 8})
          EXPECT_EQ(predict(network, samples.view(), Compute(threads, target), workspace), expected)
              << model << " " << to_string(target) << " " << threads;
    }
  }
}

TEST(Predict, InputsMayHaveGapsBetweenRows) {
  for (const auto* model : {"5 > dense 3", "5 > tanh > dense 3", "5 > relu"}) {
    Network network(parse_model(model));
    fill_parameters(network, 3);
    const auto samples = random_samples<float>(4, 5, 3, 1);
    std::vector<float> gaps(4 * 9, 1e30F);
    for (std::size_t r = 0; r < 4; ++r) std::memcpy(&gaps[r * 9], &samples.values[r * 5], 5 * sizeof(float));
    for (const std::size_t threads : {1, 2}) {
      const Compute compute(threads);
      auto workspace = network.make_workspace(4);
      const auto expected = predict(network, samples.view(), compute, workspace);
      EXPECT_EQ(predict(network, {gaps.data(), 4, 5, 9}, compute, workspace), expected) << model;
    }
  }
}

TEST(Predict, SeveralThreadsShareANetwork) {
  Network network(parse_model("40 > dense 64 > relu > dense 10"));
  fill_parameters(network, 4);
  const Network& shared = network;
  constexpr std::size_t users = 4;
  constexpr std::size_t rounds = 30;
  std::vector<std::vector<float>> expected;
  auto workspace = network.make_workspace(8);
  for (std::size_t i = 0; i < users; ++i)
    expected.push_back(predict(shared, random_samples<float>(8, 40, 10, i).view(), Compute(), workspace));
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < users; ++i)
    threads.emplace_back([&, i] {
      const auto samples = random_samples<float>(8, 40, 10, i);
      const Compute compute(1 + i % 2);
      auto mine = shared.make_workspace(8);
      for (std::size_t round = 0; round < rounds; ++round)
        if (predict(shared, samples.view(), compute, mine) != expected[i]) ++wrong;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace scrawl::predict_test
