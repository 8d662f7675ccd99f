#include "nn/nn_testing.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace scrawl::dropout_test {
namespace {

using test::random_samples;

/// The outputs of a model for a batch of ones.
std::vector<float> outputs_for_ones(const char* model, std::size_t rows, Mode mode, const RandomKey& key) {
  Network network(parse_model(model));
  const std::vector<float> ones(rows * network.inputs(), 1.0F);
  auto workspace = network.make_workspace(rows);
  const Compute compute;
  const auto outputs = network.forward({ones.data(), rows, network.inputs()}, workspace, compute, mode, key);
  return {outputs.data(), outputs.data() + outputs.size()};
}

TEST(DropoutLayer, KeepsTheMeanAndDropsTheRate) {
  constexpr std::size_t rows = 40;
  for (const auto& [model, rate] :
       {std::pair("5000 > dropout 0.5", 0.5), std::pair("5000 > dropout 0.1", 0.1)}) {
    const auto y = outputs_for_ones(model, rows, Mode::train, {.seed = 3});
    const auto n = static_cast<double>(y.size());
    const auto dropped = static_cast<double>(std::count(y.begin(), y.end(), 0.0F));
    double sum = 0;
    for (const float value : y) {
      ASSERT_TRUE(value == 0 || std::abs(value - 1 / (1 - rate)) < 1e-4) << value;
      sum += static_cast<double>(value);
    }
    const double deviation = std::sqrt(rate * (1 - rate) / n);
    EXPECT_NEAR(dropped / n, rate, 4 * deviation);
    EXPECT_NEAR(sum / n, 1, 4 * deviation / (1 - rate));
  }
}

// Neighbours, samples, layers and steps drop independently: two masks agree on half of the values.
TEST(DropoutLayer, MasksDiffer) {
  const auto agreement = [](const std::vector<float>& a, const std::vector<float>& b, std::size_t shift) {
    std::size_t same = 0;
    for (std::size_t i = 0; i + shift < a.size(); ++i) same += (a[i] == 0) == (b[i + shift] == 0);
    return static_cast<double>(same) / static_cast<double>(a.size() - shift);
  };
  const char* model = "1024 > dropout 0.5";
  const auto y = outputs_for_ones(model, 64, Mode::train, {.seed = 3, .step = 1});
  for (const std::size_t shift : {1, 15, 16, 128, 1024, 1040, 2048})
    EXPECT_NEAR(agreement(y, y, shift), 0.5, 0.01) << shift;
  EXPECT_NEAR(agreement(y, outputs_for_ones(model, 64, Mode::train, {.seed = 3, .step = 2}), 0), 0.5, 0.01);
  EXPECT_NEAR(agreement(y, outputs_for_ones(model, 64, Mode::train, {.seed = 4, .step = 1}), 0), 0.5, 0.01);
  EXPECT_EQ(y, outputs_for_ones(model, 64, Mode::train, {.seed = 3, .step = 1}));
  const auto second = outputs_for_ones("1024 > relu > dropout 0.5", 64, Mode::train, {.seed = 3, .step = 1});
  EXPECT_NEAR(agreement(y, second, 0), 0.5, 0.01);
}

// A sample's mask depends on its row alone, not on how many rows there are or how they lie.
TEST(DropoutLayer, ASamplesMaskDependsOnItsRowAlone) {
  const auto many = outputs_for_ones("150 > dropout 0.3", 20, Mode::train, {.seed = 5});
  const auto few = outputs_for_ones("150 > dropout 0.3", 3, Mode::train, {.seed = 5});
  EXPECT_TRUE(std::equal(few.begin(), few.end(), many.begin()));
  const auto rows = outputs_for_ones("150 > relu > dropout 0.3", 20, Mode::train, {.seed = 5});
  const auto lanes = outputs_for_ones("1x10x15 > maxpool 1 > dropout 0.3", 20, Mode::train, {.seed = 5});
  EXPECT_EQ(lanes, rows);
}

TEST(DropoutLayer, DoesNothingInRecognitionAndAtRateZero) {
  for (const auto* model : {"20 > dropout 0.9", "1x4x5 > maxpool 1 > dropout 0.9 > flatten"})
    EXPECT_EQ(outputs_for_ones(model, 17, Mode::predict, {.seed = 1}), std::vector<float>(20 * 17, 1.0F));
  EXPECT_EQ(outputs_for_ones("20 > dropout 0", 17, Mode::train, {.seed = 1}),
            std::vector<float>(20 * 17, 1.0F));
}

}  // namespace
}  // namespace scrawl::dropout_test
