#include "predict/fold.h"

#include "nn/nn_testing.h"

#include <gtest/gtest.h>

namespace scrawl::fold_test {
namespace {

using test::fill_parameters;
using test::random_samples;

/// Whose state and parameters are those of no fresh network.
Network trained_network(const char* model) {
  Network network(parse_model(model));
  fill_parameters(network, 4);
  auto workspace = network.make_workspace(50);
  const Compute compute;
  for (std::size_t i = 0; i < 10; ++i)
    network.forward(random_samples<float>(50, network.inputs(), 4, i).view(), workspace, compute, Mode::train,
                    {.seed = 1, .step = static_cast<std::uint32_t>(i)});
  return network;
}

std::vector<float> probabilities(const Network& network) {
  constexpr std::size_t rows = 20;
  const auto samples = random_samples<float>(rows, network.inputs(), 4, 99);
  auto workspace = network.make_workspace(rows);
  const Compute compute;
  const auto outputs = network.predict(samples.view(), workspace, compute);
  std::vector<float> result(outputs.data(), outputs.data() + outputs.size());
  for (std::size_t r = 0; r < rows; ++r)
    softmax(std::span(result).subspan(r * outputs.columns(), outputs.columns()), compute);
  return result;
}

TEST(FoldBatchNorm, KeepsTheOutputs) {
  struct Case {
    const char* model;
    const char* folded;
  };
  for (const auto& [model, folded] : {
           Case{"2x6x6 > conv 3 3x3 > batchnorm > relu > dense 4", "2x6x6 > conv 3 3x3 > relu > dense 4"},
           Case{"2x6x6 > conv 3 3x3 nobias > batchnorm epsilon 0.1 > relu > dropout 0.5 > dense 4 nobias > "
                "batchnorm",
                "2x6x6 > conv 3 3x3 > relu > dense 4"},
           Case{"6x6 > batchnorm > dense 7 > batchnorm > batchnorm > tanh > batchnorm > dense 4",
                "6x6 > batchnorm > dense 7 > tanh > batchnorm > dense 4"},
           Case{
               "2x6x6 > maxpool 2 > batchnorm > conv 2 1x1 > dropout 0.1 > batchnorm > dropout 0.2 > dense 4",
               "2x6x6 > maxpool 2 > batchnorm > conv 2 1x1 > dense 4"},
           Case{"2x6x6 > conv 3 3x3 > avgpool 2 > batchnorm > dense 4",
                "2x6x6 > conv 3 3x3 > avgpool 2 > batchnorm > dense 4"},
           // A picture of one channel and one row is normalised place by place.
           Case{"3x1x6 > conv 1 1x3 > batchnorm > dense 4", "3x1x6 > conv 1 1x3 > batchnorm > dense 4"},
           Case{"2x6x6 > conv 4 6x6 > batchnorm", "2x6x6 > conv 4 6x6"},
           Case{"4 > dropout 0.5", "4 > dropout 0.5"},
       }) {
    const Network network = trained_network(model);
    const Network simple = fold_batchnorm(network);
    EXPECT_EQ(to_string(simple.spec()), folded) << model;
    const auto expected = probabilities(network);
    const auto actual = probabilities(simple);
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) ASSERT_NEAR(actual[i], expected[i], 1e-5) << model;
  }
}

// A factor above 0 keeps the order of the values, one below 0 reverses it.
TEST(FoldBatchNorm, PassesMaxPoolingIfItsFactorsArePositive) {
  const char* const model =
      "2x6x6 > conv 3 3x3 > maxpool 2 stride 1 pad 1 > maxpool 2 > batchnorm > relu > dense 4";
  const char* const folded = "2x6x6 > conv 3 3x3 > maxpool 2 stride 1 pad 1 > maxpool 2 > relu > dense 4";
  for (const float last_factor : {0.7F, -0.7F}) {
    Network network = trained_network(model);
    auto* const factors = network.parameters().data() + 3 * 2 * 3 * 3 + 3;
    factors[0] = 0.4F;
    factors[1] = 1.1F;
    factors[2] = last_factor;
    const Network simple = fold_batchnorm(network);
    EXPECT_EQ(to_string(simple.spec()), last_factor > 0 ? folded : model);
    const auto expected = probabilities(network);
    const auto actual = probabilities(simple);
    for (std::size_t i = 0; i < actual.size(); ++i) ASSERT_NEAR(actual[i], expected[i], 1e-5) << last_factor;
  }
}

// The convolution has one channel, the normalisation after the pooling a factor for each of two places.
TEST(FoldBatchNorm, StaysWherePoolingLeavesAPlainVector) {
  const char* const model = "2x4 > conv 1 1x1 nobias > maxpool 2 > batchnorm > dense 4";
  EXPECT_EQ(to_string(fold_batchnorm(trained_network(model)).spec()), model);
}

TEST(FoldBatchNorm, LeavesAPlainNetworkAsItIs) {
  const Network network = trained_network("6x6 > conv 2 3x3 nobias > relu > dense 4 nobias");
  EXPECT_EQ(weights_sha256(fold_batchnorm(network)), weights_sha256(network));
}

}  // namespace
}  // namespace scrawl::fold_test
