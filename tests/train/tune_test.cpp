#include "scrawl/tune.h"

#include "scrawl/error.h"
#include "scrawl/evaluation.h"
#include "scrawl/model.h"
#include "scrawl/random.h"

#include "testing.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace scrawl::tune_test {
namespace {

using test::error_of;
using test::mentions;

constexpr std::size_t side = 10;

/// Which of two ways to write 0 and 1: a bar at the left or the right, or one at the top or the bottom.
enum class Hand { upright, flat };

Dataset written(Hand hand, std::size_t count, std::uint64_t seed) {
  Dataset data{.shape = {1, side, side}, .classes = 2};
  for (std::size_t i = 0; i < count; ++i) {
    const RandomKey key{.seed = seed, .step = static_cast<std::uint32_t>(i)};
    const auto label = static_cast<std::uint8_t>(i % 2);
    const std::size_t bar = (label == 0 ? 1 : side - 3) + random_below(key, 0, 2);
    for (std::size_t y = 0; y < side; ++y)
      for (std::size_t x = 0; x < side; ++x) {
        const bool ink = (hand == Hand::upright ? x : y) == bar;
        data.images.push_back(ink ? static_cast<std::uint8_t>(200 + random_below(key, 1, 56)) : 0);
      }
    data.labels.push_back(label);
  }
  return data;
}

/// Reads upright bars, and of flat ones half: those that its bias favours.
Model upright_model(float bias = 0.05F) {
  Network network(parse_model("10x10 > dense 2"));
  std::vector<float> weights(2 * side * side);
  for (std::size_t p = 0; p < side * side; ++p) {
    weights[p] = p % side < side / 2 ? 0.5F : -0.5F;
    weights[side * side + p] = -weights[p];
  }
  set_parameter<float>(network, network.parameter_infos()[0], weights);
  set_parameter<float>(network, network.parameter_infos()[1], std::vector<float>{bias, -bias});
  return {std::move(network), {.classes = numbered_classes(2)}};
}

double accuracy(const Model& model, const Dataset& data) {
  const auto judgements = judge(model, data.view(), 1);
  const auto wrong =
      std::count_if(judgements.begin(), judgements.end(), [](const Judgement& j) { return j.is_mistake(); });
  return 1 - static_cast<double>(wrong) / static_cast<double>(data.size());
}

class Tune : public ::testing::Test {
 protected:
  TuneResult tune_on(const Dataset& mine, const TuneSettings& settings = {.threads = 1}) {
    return tune(model, mine.view(), old.view(), kept.view(), settings);
  }

  Model model = upright_model();
  Dataset old = written(Hand::upright, 200, 1);
  Dataset kept = written(Hand::upright, 400, 2);
  Dataset corrections = written(Hand::flat, 60, 3);
};

TEST_F(Tune, LearnsAHandAndKeepsWhatItKnew) {
  const Dataset others = written(Hand::flat, 400, 4);
  EXPECT_EQ(accuracy(model, others), 0.5);
  const std::string before = weights_sha256(model.only().network);
  const TuneResult result = tune_on(corrections);
  ASSERT_TRUE(result.is_better);
  EXPECT_GT(accuracy(model, others), 0.95);
  EXPECT_GE(accuracy(model, kept), 0.998);
  EXPECT_EQ(result.tuning.corrections, 60U);
  EXPECT_EQ(result.tuning.from, before);
  EXPECT_EQ(result.tuning.before, 0.5);
  EXPECT_GT(result.tuning.after, 0.9);
  EXPECT_EQ(result.tuning.kept_after, accuracy(model, kept));
  ASSERT_EQ(model.only().info.tunings.size(), 1U);
  EXPECT_EQ(model.only().info.tunings[0], result.tuning);
}

TEST_F(Tune, GivesTheSameBitsForEveryNumberOfThreads) {
  tune_on(corrections);
  Model other = upright_model();
  tune(other, corrections.view(), old.view(), kept.view(), {.threads = 3});
  EXPECT_EQ(weights_sha256(other.only().network), weights_sha256(model.only().network));
}

TEST_F(Tune, LeavesTheModelWhereNothingIsGained) {
  const std::string before = weights_sha256(model.only().network);
  const TuneResult result = tune_on(written(Hand::upright, 60, 5));  // what it knows
  EXPECT_FALSE(result.is_better);
  EXPECT_EQ(weights_sha256(model.only().network), before);
  EXPECT_TRUE(model.only().info.tunings.empty());
}

TEST_F(Tune, LeavesTheModelWhereItWouldForgetTooMuch) {
  model = upright_model(1e-3F);
  kept = written(Hand::flat, 400, 5);  // of which it reads half, as it is
  for (auto& label : kept.labels) label = 1 - label;
  const std::string before = weights_sha256(model.only().network);
  EXPECT_FALSE(tune_on(corrections).is_better);
  EXPECT_EQ(weights_sha256(model.only().network), before);
  EXPECT_TRUE(tune_on(corrections, {.most_drop = 1, .threads = 1}).is_better);
}

TEST_F(Tune, HasNoThresholdsThatNobodyMeasured) {
  model.only().info.thresholds = {{.error = 0.01F, .confidence = 0.5F, .answered = 1}};
  ASSERT_TRUE(tune_on(corrections).is_better);
  EXPECT_TRUE(model.only().info.thresholds.empty());
}

// An image that is there six times must not be held out from itself.
TEST_F(Tune, HoldsEqualImagesOutTogether) {
  Dataset wrong = written(Hand::upright, 20, 7);
  for (auto& label : wrong.labels) label = 1 - label;
  Dataset many = wrong;
  for (int k = 0; k < 5; ++k) {
    many.images.insert(many.images.end(), wrong.images.begin(), wrong.images.end());
    many.labels.insert(many.labels.end(), wrong.labels.begin(), wrong.labels.end());
  }
  const double once = tune_on(wrong, {.most_drop = 1, .threads = 1}).tuning.after;
  model = upright_model();
  EXPECT_NEAR(tune_on(many, {.most_drop = 1, .threads = 1}).tuning.after, once, 0.3);
  Dataset same = written(Hand::upright, 1, 8);
  for (int k = 0; k < 20; ++k) {
    same.images.insert(same.images.end(), same.images.begin(), same.images.begin() + side * side);
    same.labels.push_back(0);
  }
  EXPECT_TRUE(mentions(error_of([&] { tune_on(same); }), {"same image"}));
}

TEST_F(Tune, NamesLabelsThatLookWrong) {
  Dataset mine = written(Hand::upright, 60, 6);
  mine.labels[7] = 1 - mine.labels[7];
  const TuneResult result = tune_on(mine);
  EXPECT_EQ(result.doubtful, std::vector<std::size_t>{7});
}

TEST_F(Tune, CanBeStopped) {
  double last = 0;
  TuneSettings settings{.threads = 1};
  settings.progress = [&](double share) {
    EXPECT_GT(share, last);
    last = share;
    return share < 0.1;
  };
  const std::string before = weights_sha256(model.only().network);
  const TuneResult result = tune_on(corrections, settings);
  EXPECT_TRUE(result.is_stopped);
  EXPECT_FALSE(result.is_better);
  EXPECT_EQ(weights_sha256(model.only().network), before);
}

TEST_F(Tune, IsKeptInTheModelFile) {
  tune_on(corrections);
  test::TempFolder folder;
  save_model(folder / "m.safetensors", model);
  EXPECT_EQ(load_model(folder / "m.safetensors").only().info.tunings, model.only().info.tunings);
}

TEST_F(Tune, RefusesWhatItCannotLearnFrom) {
  EXPECT_TRUE(
      mentions(error_of([&] { tune_on(written(Hand::flat, 9, 1)); }), {"too few corrections", "9", "10"}));
  EXPECT_TRUE(
      mentions(error_of([&] { tune(model, corrections.view(), {}, kept.view()); }), {"keep what it knows"}));
  std::vector<Model> two = {upright_model(), upright_model()};
  Model ensemble = join_models(std::move(two));
  EXPECT_TRUE(
      mentions(error_of([&] { tune(ensemble, corrections.view(), old.view(), kept.view()); }), {"ensemble"}));
}

}  // namespace
}  // namespace scrawl::tune_test
