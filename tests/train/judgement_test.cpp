#include "scrawl/evaluation.h"
#include "scrawl/model.h"

#include "testing.h"
#include "train/synthetic.h"

#include <algorithm>
#include <limits>

#include <gtest/gtest.h>

namespace scrawl::judgement_test {
namespace {

using Indices = std::vector<std::size_t>;

Indices indices_of(const std::vector<Judgement>& judgements) {
  Indices indices;
  for (const auto& judgement : judgements) indices.push_back(judgement.index);
  return indices;
}

Model made_up_model(const LossSpec& loss) {
  Model model{Network(parse_model("6x5 > dense 9 > tanh > dense 4")), {}};
  model.only().network.initialise({.kind = Initialiser::Kind::glorot}, 3);
  model.only().info.loss = loss;
  return model;
}

TEST(Judge, TellsPredictionAndProbabilitiesOfEveryImage) {
  const Dataset data = test::synthetic_dataset({1, 6, 5}, 4, 333, 5);
  for (const LossSpec& loss :
       {LossSpec(SoftmaxCrossEntropy{}), LossSpec(SquaredError{.low = 0, .high = 1})}) {
    const Model model = made_up_model(loss);
    const auto judgements = judge(model, data.view(), 1);
    std::vector<std::uint8_t> predictions(data.size());
    Evaluator(model.only().network, {}, 7, 1).predict(model.only().network, data.view(), predictions);
    const auto probabilities = predict_probabilities(model, data.images);
    ASSERT_EQ(judgements.size(), data.size());
    for (std::size_t i = 0; i < data.size(); ++i) {
      EXPECT_EQ(judgements[i].index, i);
      EXPECT_EQ(judgements[i].label, data.labels[i]);
      EXPECT_EQ(judgements[i].prediction, predictions[i]);
      EXPECT_EQ(judgements[i].label_probability, probabilities[i * 4 + data.labels[i]]);
      EXPECT_EQ(judgements[i].confidence, probabilities[i * 4 + predictions[i]]);
    }
    for (const std::size_t threads : {0, 2, 3, 8, 1000})
      EXPECT_EQ(judge(model, data.view(), threads), judgements) << threads;
  }
}

TEST(Judge, TakesAnEnsembleAndCountsForEachMember) {
  const Dataset data = test::synthetic_dataset({1, 6, 5}, 4, 333, 5);
  std::vector<Model> models;
  for (const LossSpec& loss : {LossSpec(SquaredError{.low = 0, .high = 1}), LossSpec(), LossSpec()})
    models.push_back(made_up_model(loss));
  models[1].only().network.initialise({.kind = Initialiser::Kind::he}, 8);
  models[2].only().info.preprocessing.mean = {0.3F};
  const Model model = join_models(std::move(models));
  const auto result = judge_members(model, data.view(), 1);
  const auto probabilities = predict_probabilities(model, data.images);
  ASSERT_EQ(result.judgements.size(), data.size());
  for (std::size_t i = 0; i < data.size(); ++i) {
    const float* const row = probabilities.data() + 4 * i;
    const auto best = static_cast<std::size_t>(std::max_element(row, row + 4) - row);
    EXPECT_EQ(result.judgements[i], (Judgement{.index = i,
                                               .label = data.labels[i],
                                               .prediction = static_cast<std::uint8_t>(best),
                                               .label_probability = row[data.labels[i]],
                                               .confidence = row[best]}));
  }
  ASSERT_EQ(result.correct.size(), 3U);
  for (std::size_t k = 0; k < 3; ++k)
    EXPECT_EQ(result.correct[k], judge_members(take_member(model, k), data.view()).correct.at(0)) << k;
  EXPECT_NE(result.correct[0], result.correct[1]);
  for (const std::size_t threads : {0, 2, 3, 8, 1000}) {
    const auto again = judge_members(model, data.view(), threads);
    EXPECT_EQ(again.judgements, result.judgements) << threads;
    EXPECT_EQ(again.correct, result.correct) << threads;
  }
  EXPECT_EQ(judge(model, data.view(), 2), result.judgements);
}

TEST(Judge, RefusesImagesOfOtherSizes) {
  const Model model = made_up_model({});
  const auto refused = [&](const Dataset& data) {
    return test::error_of([&] { judge(model, data.view()); });
  };
  EXPECT_TRUE(
      test::mentions(refused(test::synthetic_dataset({1, 5, 5}, 4, 10, 1)), {"6x5", "5x5", "4 classes"}));
  EXPECT_TRUE(test::mentions(refused(test::synthetic_dataset({1, 6, 5}, 9, 100, 1)), {"labels up to 8"}));
  const DatasetView none{.shape = {1, 6, 5}, .classes = 4, .images = {}, .labels = {}};
  EXPECT_TRUE(judge(model, none).empty());
}

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

const std::vector<Judgement> hand_made = {
    {.index = 0, .label = 1, .prediction = 1, .label_probability = 0.9F, .confidence = 0.9F},
    {.index = 1, .label = 1, .prediction = 2, .label_probability = 0.2F, .confidence = 0.5F},
    {.index = 2, .label = 3, .prediction = 2, .label_probability = 0.1F, .confidence = 0.8F},
    {.index = 3, .label = 3, .prediction = 0, .label_probability = 0.2F, .confidence = 0.8F},
    {.index = 4, .label = 0, .prediction = 0, .label_probability = 0.15F, .confidence = 0.15F},
    {.index = 5, .label = 0, .prediction = 1, .label_probability = nan, .confidence = nan},
};

TEST(WorstMistakes, AreTheMisreadImagesByConfidence) {
  EXPECT_EQ(indices_of(worst_mistakes(hand_made, 100)), (Indices{2, 3, 1, 5}));
  EXPECT_EQ(indices_of(worst_mistakes(hand_made, 2)), (Indices{2, 3}));
  EXPECT_TRUE(worst_mistakes(hand_made, 0).empty());
  EXPECT_TRUE(worst_mistakes({}, 5).empty());
}

TEST(Suspects, AreTheImagesWithTheLeastProbableLabels) {
  EXPECT_EQ(indices_of(suspects(hand_made, 100)), (Indices{5, 2, 4, 1, 3, 0}));
  EXPECT_EQ(indices_of(suspects(hand_made, 3)), (Indices{5, 2, 4}));
  EXPECT_TRUE(suspects({}, 5).empty());
}

TEST(MostConfused, OrdersByCountThenLabelThenPrediction) {
  const EvaluationResult result{.images = 30, .correct = 20, .confusion = {{9, 2, 1}, {2, 7, 3}, {0, 2, 4}}};
  const std::vector<ConfusedPair> all = {{1, 2, 3}, {0, 1, 2}, {1, 0, 2}, {2, 1, 2}, {0, 2, 1}};
  EXPECT_EQ(most_confused(result, 100), all);
  EXPECT_EQ(most_confused(result, 2), (std::vector<ConfusedPair>{{1, 2, 3}, {0, 1, 2}}));
  EXPECT_TRUE(most_confused({}, 5).empty());
}

}  // namespace
}  // namespace scrawl::judgement_test
