#include "scrawl/evaluation.h"

#include "testing.h"
#include "train/synthetic.h"

#include <gtest/gtest.h>

namespace scrawl::evaluation_test {
namespace {

TEST(Evaluator, GivesTheSamePredictionsForEveryBatchThreadCountAndTarget) {
  const auto data = test::synthetic_dataset({1, 6, 5}, 4, 333, 5);
  Network network(parse_model("6x5 > dense 9 > tanh > dense 4"));
  network.initialise({.kind = Initialiser::Kind::glorot}, 3);
  std::vector<std::uint8_t> first(data.size());
  Evaluator(network, {}, 1, 1, Target::scalar).predict(network, data.view(), first);
  for (const auto target : supported_targets()) {
    for (const std::size_t batch : {1, 7, 64, 500}) {
      for (const std::size_t threads : {1, 2, 3, 8}) {
        std::vector<std::uint8_t> predictions(data.size());
        Evaluator(network, {}, batch, threads, target).predict(network, data.view(), predictions);
        EXPECT_EQ(predictions, first) << to_string(target) << ", batch " << batch << ", threads " << threads;
      }
    }
  }
}

TEST(Evaluator, RefusesAnEmptySet) {
  Network network(parse_model("6x5 > dense 4"));
  Evaluator evaluator(network, {}, 8, 1);
  const DatasetView nothing{.shape = {1, 6, 5}, .classes = 4, .images = {}, .labels = {}};
  EXPECT_EQ(test::error_of([&] { evaluator.accuracy(network, nothing); }).code(),
            ErrorCode::invalid_argument);
}

TEST(WilsonInterval, AgreesWithKnownValues) {
  // 9,352 of 10,000: centre (p + z^2/2n) / (1 + z^2/n), worked by hand to six digits.
  const auto interval = wilson_interval(9352, 10000);
  EXPECT_NEAR(interval.low, 0.930206, 1e-6);
  EXPECT_NEAR(interval.high, 0.939860, 1e-6);
  EXPECT_EQ(wilson_interval(0, 10).low, 0);
  EXPECT_NEAR(wilson_interval(0, 10).high, 0.277533, 1e-6);
  EXPECT_DOUBLE_EQ(wilson_interval(10, 10).high, 1);
}

TEST(Compare, CountsConfusionsPrecisionAndRecall) {
  const std::vector<std::uint8_t> labels = {0, 0, 0, 1, 1, 2};
  const std::vector<std::uint8_t> read = {0, 0, 1, 1, 0, 1};
  const auto result = compare(labels, read, 3);
  EXPECT_EQ(result.images, 6U);
  EXPECT_EQ(result.correct, 3U);
  EXPECT_DOUBLE_EQ(result.accuracy(), 0.5);
  EXPECT_EQ(result.confusion, (std::vector<std::vector<std::size_t>>{{2, 1, 0}, {1, 1, 0}, {0, 1, 0}}));
  EXPECT_DOUBLE_EQ(result.precision(0), 2.0 / 3);
  EXPECT_DOUBLE_EQ(result.recall(0), 2.0 / 3);
  EXPECT_DOUBLE_EQ(result.precision(1), 1.0 / 3);
  EXPECT_DOUBLE_EQ(result.recall(1), 0.5);
  EXPECT_DOUBLE_EQ(result.precision(2), 0);  // nothing was read as 2
  EXPECT_DOUBLE_EQ(result.recall(2), 0);
}

}  // namespace
}  // namespace scrawl::evaluation_test
