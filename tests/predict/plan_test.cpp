#include "scrawl/model.h"

#include "testing.h"

#include <cmath>
#include <numeric>

namespace scrawl::plan_test {
namespace {

using test::error_of;
using test::mentions;

TEST(Probabilities, AreTheSoftmaxOfACrossEntropyNetwork) {
  std::vector<float> row = {1, 2, 3};
  to_probabilities(row, SoftmaxCrossEntropy{}, Compute(1));
  const double sum = std::exp(1.0) + std::exp(2.0) + std::exp(3.0);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(row[i], std::exp(1.0 + static_cast<double>(i)) / sum, 1e-6);
}

TEST(Probabilities, UndoTheTargetsOfASquaredError) {
  std::vector<float> row = {0.01F, 0.75F, 0.26F, -0.5F};
  to_probabilities(row, SquaredError{.low = 0.01F, .high = 0.99F}, Compute(1));
  EXPECT_NEAR(std::accumulate(row.begin(), row.end(), 0.0F), 1, 1e-6);
  EXPECT_NEAR(row[1] / row[2], 0.74 / 0.25, 1e-5);
  EXPECT_GT(row[3], 0);
  EXPECT_LT(row[3], 2e-6);
}

TEST(Probabilities, KeepTheOrderOfScores) {
  std::vector<float> row = {3.2F, 5.1F, -1.7F};
  to_probabilities(row, MulticlassHinge{}, Compute(1));
  EXPECT_GT(row[1], row[0]);
  EXPECT_GT(row[0], row[2]);
}

class PredictProbabilities : public ::testing::Test {
 protected:
  PredictProbabilities() {
    model.only().network.initialise({.kind = Initialiser::Kind::he}, 3);
    for (std::size_t i = 0; i < images.size(); ++i) images[i] = static_cast<std::uint8_t>(i * 37);
  }
  Model model{Network(parse_model("2x3 > dense 5 > relu > dense 4")), {.classes = {"0", "1", "2", "3"}}};
  std::vector<std::uint8_t> images = std::vector<std::uint8_t>(6 * 230);
};

TEST_F(PredictProbabilities, AreTheSameOneByOneAndTogether) {
  const auto together = predict_probabilities(model, images);
  ASSERT_EQ(together.size(), 230U * 4);
  for (std::size_t i = 0; i < 230; ++i) {
    const auto alone = predict_probabilities(model, std::span(images).subspan(6 * i, 6));
    EXPECT_TRUE(
        std::equal(alone.begin(), alone.end(), together.begin() + static_cast<std::ptrdiff_t>(4 * i)));
  }
}

TEST_F(PredictProbabilities, DivideEachPixelByItsOwnDeviation) {
  model.only().info.preprocessing.deviation = {1, 2, 3, 4, 5, 6};  // of places, not of values
  const auto together = predict_probabilities(model, images);
  const auto alone = predict_probabilities(model, std::span(images).subspan(6 * 7, 6));
  EXPECT_TRUE(std::equal(alone.begin(), alone.end(), together.begin() + 4 * 7));
  model.only().info.preprocessing.deviation = {};
  EXPECT_NE(predict_probabilities(model, images), together);
}

TEST_F(PredictProbabilities, RefusesABrokenImage) {
  EXPECT_TRUE(
      mentions(error_of([&] { predict_probabilities(model, std::span(images).first(7)); }), {"7", "6"}));
  EXPECT_TRUE(predict_probabilities(model, {}).empty());
}

}  // namespace
}  // namespace scrawl::plan_test
