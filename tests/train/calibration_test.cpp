#include "scrawl/error.h"
#include "scrawl/evaluation.h"
#include "scrawl/model.h"

#include "testing.h"

#include <cmath>

#include <gtest/gtest.h>

namespace scrawl::calibration_test {
namespace {

using test::error_of;
using test::mentions;

/// Two classes from one pixel: output 1 is `slope` times the pixel, less half of that; output 0 is 0.
Model slope_model(float slope) {
  Network network(parse_model("1 > dense 2"));
  const std::vector<float> weights = {0, slope};
  const std::vector<float> bias = {0, -slope / 2};
  set_parameter<float>(network, network.parameter_infos()[0], weights);
  set_parameter<float>(network, network.parameter_infos()[1], bias);
  return {std::move(network), {.classes = numbered_classes(2)}};
}

/// At pixel 255 class 1 is right in nine of ten images, at pixel 0 in one.
Dataset nine_of_ten() {
  Dataset data{.shape = {1, 1, 1}, .classes = 2};
  for (int i = 0; i < 1000; ++i) {
    const bool high = i % 2 == 0;
    data.images.push_back(high ? 255 : 0);
    data.labels.push_back((i / 2 % 10 == 0) != high ? 1 : 0);
  }
  return data;
}

TEST(Calibrate, FindsTheTemperatureThatMakesConfidenceHonest) {
  Model model = slope_model(20);  // says 99.995 % where 90 % are right: ln 9 = 2.197 = 10 / 4.551
  const Dataset data = nine_of_ten();
  const Calibration found = calibrate(model, data.view());
  EXPECT_NEAR(found.temperature, 4.551, 0.002);
  EXPECT_NEAR(found.after.log_loss, 0.3251, 1e-4);  // the entropy of 0.9
  EXPECT_GT(found.before.log_loss, 0.9);
  EXPECT_NEAR(found.before.calibration_error, 0.1, 1e-3);
  EXPECT_NEAR(found.after.calibration_error, 0, 1e-3);
  EXPECT_EQ(model.only().info.temperature, found.temperature);
  const auto probabilities = predict_probabilities(model, std::vector<std::uint8_t>{255});
  EXPECT_NEAR(probabilities[1], 0.9, 1e-3);
}

TEST(Calibrate, RefusesImagesThatTheModelDoesNotRead) {
  Model model = slope_model(1);
  Dataset data = nine_of_ten();
  data.shape = {1, 1, 2};
  data.labels.resize(data.labels.size() / 2);
  EXPECT_TRUE(mentions(error_of([&] { calibrate(model, data.view()); }), {"the model reads 1", "2"}));
  data = nine_of_ten();
  data.labels[3] = 7;
  EXPECT_TRUE(mentions(error_of([&] { calibrate(model, data.view()); }), {"labels up to 7"}));
}

// The mean of two models is right elsewhere than each of them.
TEST(Calibrate, AJoinedModelWasNotMeasured) {
  std::vector<Model> models = {slope_model(20), slope_model(10)};
  for (auto& model : models)
    model.only().info.thresholds = {{.error = 0.01F, .confidence = 0.5F, .answered = 1}};
  EXPECT_TRUE(join_models(std::move(models)).origin().thresholds.empty());
}

TEST(Calibrate, MeasuresAtWhichConfidenceAnswersAreRight) {
  // Sure ones are all right; of the unsure ones, half are wrong.
  Dataset data{.shape = {1, 1, 1}, .classes = 2};
  for (int i = 0; i < 10000; ++i) {
    const bool is_sure = i >= 1000;
    data.images.push_back(is_sure ? 255 : 130);
    data.labels.push_back(is_sure || i % 2 == 0 ? 1 : 0);
  }
  Model model = slope_model(20);
  const Calibration found = calibrate(model, data.view());
  ASSERT_EQ(found.thresholds.size(), 6U);
  for (const auto& threshold : found.thresholds) {
    EXPECT_NEAR(threshold.answered, 0.9, 1e-6) << threshold.error;
    EXPECT_GT(threshold.confidence, 0.6) << threshold.error;
  }
  EXPECT_EQ(model.only().info.thresholds, found.thresholds);
}

TEST(Calibrate, LowersTheClassNoneUntilFewDigitsAreRefused) {
  // Output 1 rises with the pixel, none falls; the digits of pixel p are refused below 128.
  Network network(parse_model("1 > dense 3"));
  const std::vector<float> weights = {0, 20, -20};
  const std::vector<float> bias = {-30, -10, 10};
  set_parameter<float>(network, network.parameter_infos()[0], weights);
  set_parameter<float>(network, network.parameter_infos()[1], bias);
  Model model(std::move(network), {.classes = {"0", "1", "none"}});
  Dataset data{.shape = {1, 1, 1}, .classes = 3};
  for (std::size_t i = 0; i < 10000; ++i) {  // ten of them darker than 100, ten at 100, the rest at 200
    data.images.push_back(i < 10 ? 50 : i < 20 ? 100 : 200);
    data.labels.push_back(1);
  }
  const Calibration found = calibrate(model, data.view());
  EXPECT_NEAR(found.lowering, 40 * (0.5 - 100 / 255.0), 1e-3);
  const auto probabilities = predict_probabilities(model, std::vector<std::uint8_t>{50, 101});
  EXPECT_GT(probabilities[2], probabilities[1]);
  EXPECT_LT(probabilities[5], probabilities[4]);
}

TEST(Calibrate, IsKeptInTheModelFile) {
  Model model = slope_model(20);
  calibrate(model, nine_of_ten().view());
  test::TempFolder folder;
  save_model(folder / "m.safetensors", model);
  const Model loaded = load_model(folder / "m.safetensors");
  EXPECT_EQ(loaded.only().info.temperature, model.only().info.temperature);
  EXPECT_EQ(loaded.only().info.thresholds, model.only().info.thresholds);
}

TEST(Calibrate, EveryMemberOfAnEnsembleGetsTheSameTemperature) {
  std::vector<Model> two;
  two.push_back(slope_model(20));
  two.push_back(slope_model(20));
  Model ensemble = join_models(std::move(two));
  const Calibration found = calibrate(ensemble, nine_of_ten().view());
  EXPECT_NEAR(found.temperature, 4.551, 0.002);
  for (const auto& member : ensemble.members) EXPECT_EQ(member.info.temperature, found.temperature);
}

TEST(Calibrate, RefusesWhatHasNoTemperature) {
  const Dataset data = nine_of_ten();
  Model squared = slope_model(1);
  squared.only().info.loss = SquaredError{};
  EXPECT_TRUE(mentions(error_of([&] { calibrate(squared, data.view()); }), {"squared errors"}));
  Model sigmoid({Network(parse_model("1 > dense 2 > sigmoid")), {.classes = numbered_classes(2)}});
  EXPECT_TRUE(mentions(error_of([&] { calibrate(sigmoid, data.view()); }), {"dense layer"}));
  Model model = slope_model(1);
  EXPECT_TRUE(mentions(error_of([&] { calibrate(model, data.view().slice(0, 0)); }), {"no images"}));
}

TEST(Reliability, IsTheDistanceBetweenConfidenceAndAccuracy) {
  const std::vector<float> probabilities = {0.8F, 0.2F, 0.8F, 0.2F, 0.3F, 0.7F, 0.3F, 0.7F};
  const std::vector<std::uint8_t> labels = {0, 1, 1, 1};
  const Reliability result = measure_reliability(probabilities, labels);
  // Half of the 0.8 are right: 2 * |0.5 - 0.8|; both 0.7 are: 2 * |1 - 0.7|; over 4.
  EXPECT_NEAR(result.calibration_error, 0.3, 1e-6);
  EXPECT_NEAR(result.log_loss, -(std::log(0.8) + std::log(0.2) + 2 * std::log(0.7)) / 4, 1e-6);
}

}  // namespace
}  // namespace scrawl::calibration_test
