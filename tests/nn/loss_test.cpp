#include "scrawl/loss.h"

#include "nn/nn_testing.h"

#include <limits>
#include <numbers>

#include <gtest/gtest.h>

namespace scrawl::loss_test {
namespace {

const std::vector<LossSpec> all_losses = {SoftmaxCrossEntropy{},
                                          SoftmaxCrossEntropy{.log_epsilon = 1e-7F},
                                          SoftmaxCrossEntropy{.label_smoothing = 0.1F},
                                          SquaredError{},
                                          SquaredError{.low = 0.01F, .high = 0.99F},
                                          MulticlassHinge{},
                                          MulticlassHinge{.margin = 0.5F}};

template <class T>
struct Result {
  T loss;
  std::vector<T> gradient;
};

template <class T = float>
Result<T> evaluate(const LossSpec& spec, const std::vector<T>& outputs,
                   const std::vector<std::uint8_t>& labels, Target target = default_target()) {
  const std::size_t columns = outputs.size() / labels.size();
  Result<T> result{0, std::vector<T>(outputs.size())};
  result.loss = make_loss<T>(spec)->evaluate({outputs.data(), labels.size(), columns}, labels,
                                             {result.gradient.data(), labels.size(), columns},
                                             BasicCompute<T>(1, target));
  return result;
}

TEST(Loss, HasNames) {
  EXPECT_EQ(loss_name(SoftmaxCrossEntropy{}), "softmax-cross-entropy");
  EXPECT_EQ(loss_name(SquaredError{}), "squared-error");
  EXPECT_EQ(loss_name(MulticlassHinge{}), "multiclass-hinge");
}

TEST(MulticlassHinge, WorkedExamples) {
  EXPECT_FLOAT_EQ(evaluate(MulticlassHinge{}, {3.2F, 5.1F, -1.7F}, {0}).loss, 2.9F);
  EXPECT_EQ(evaluate(MulticlassHinge{}, {1.3F, 4.9F, 2.0F}, {1}).loss, 0);
  EXPECT_FLOAT_EQ(evaluate(MulticlassHinge{}, {2.2F, 2.5F, -3.1F}, {2}).loss, 12.9F);
}

TEST(MulticlassHinge, MeanAndGradientOfABatch) {
  const auto result =
      evaluate(MulticlassHinge{}, {3.2F, 5.1F, -1.7F, 1.3F, 4.9F, 2.0F, 2.2F, 2.5F, -3.1F}, {0, 1, 2});
  EXPECT_FLOAT_EQ(result.loss, (2.9F + 0 + 12.9F) / 3);
  constexpr float third = 1.0F / 3;
  EXPECT_EQ(result.gradient, (std::vector<float>{-third, third, 0, 0, 0, 0, third, third, -2.0F / 3}));
}

TEST(MulticlassHinge, MarginIsAnOption) {
  EXPECT_EQ(evaluate(MulticlassHinge{.margin = 4}, {1, 2, 3}, {2}).loss, (1 - 3 + 4) + (2 - 3 + 4));
}

TEST(SoftmaxCrossEntropy, ByHand) {
  // Probabilities 1/6, 2/6, 3/6.
  const std::vector<float> logits = {0, std::log(2.0F), std::log(3.0F)};
  const auto result = evaluate(SoftmaxCrossEntropy{}, logits, {2});
  EXPECT_NEAR(result.loss, std::numbers::ln2, 1e-6);
  EXPECT_NEAR(result.gradient[0], 1.0 / 6, 1e-7);
  EXPECT_NEAR(result.gradient[1], 1.0 / 3, 1e-7);
  EXPECT_NEAR(result.gradient[2], -0.5, 1e-7);
  EXPECT_NEAR(evaluate(SoftmaxCrossEntropy{}, logits, {0}).loss, std::log(6.0), 1e-6);
}

// torch.nn.CrossEntropyLoss(label_smoothing=0.1) of PyTorch 1.13 in double, for the classes 0 and 2.
TEST(SoftmaxCrossEntropy, LabelSmoothingAgreesWithPyTorch) {
  const auto result = evaluate<double>(SoftmaxCrossEntropy{.label_smoothing = 0.1F},
                                       {1.0, -2.0, 0.5, 3.0, 0.0, 0.25, -1.0, 2.0}, {0, 2});
  EXPECT_NEAR(result.loss, 2.707588135, 1e-8);
  const std::vector<double> gradient = {-0.407223125, -0.009747926, 0.02102712,   0.395943932,
                                        0.037296031,  0.051439369,  -0.444181064, 0.355445664};
  for (std::size_t i = 0; i < gradient.size(); ++i) EXPECT_NEAR(result.gradient[i], gradient[i], 1e-8) << i;
}

TEST(SoftmaxCrossEntropy, UniformLogitsCostTheLogarithmOfTheClasses) {
  for (const std::size_t classes : {2, 10, 26, 256})
    EXPECT_NEAR(evaluate(SoftmaxCrossEntropy{}, std::vector<float>(classes, 3), {1}).loss,
                std::log(static_cast<double>(classes)), 1e-5);
}

TEST(SoftmaxCrossEntropy, LargeLogitsDoNotOverflow) {
  const std::vector<float> logits = {1000, 0, -1000};
  EXPECT_EQ(evaluate(SoftmaxCrossEntropy{}, logits, {0}).loss, 0);
  EXPECT_EQ(evaluate(SoftmaxCrossEntropy{}, logits, {1}).loss, 1000);
  const auto result = evaluate(SoftmaxCrossEntropy{}, logits, {2});
  EXPECT_EQ(result.loss, 2000);
  EXPECT_EQ(result.gradient[0], 1);
  EXPECT_NEAR(result.gradient[1], 0, 1e-37);
  EXPECT_EQ(result.gradient[2], -1);
  const auto huge = evaluate(SoftmaxCrossEntropy{}, {3e38F, 3e38F}, {0});
  EXPECT_NEAR(huge.loss, std::numbers::ln2, 1e-6);
}

TEST(SoftmaxCrossEntropy, LogEpsilonGuardsTheLogarithmAlone) {
  const SoftmaxCrossEntropy guarded{.log_epsilon = 1e-7F};
  EXPECT_NEAR(evaluate(guarded, {0, 0}, {0}).loss, -std::log(0.5 + 1e-7), 1e-6);
  EXPECT_NEAR(evaluate(guarded, {1000, 0, -1000}, {2}).loss, -std::log(1e-7), 1e-5);
  EXPECT_NEAR(evaluate<double>(guarded, {0, 1, 2}, {1}).loss,
              -std::log(std::exp(1) / (1 + std::exp(1) + std::exp(2)) + 1e-7), 1e-12);
  const std::vector<float> logits = {0.3F, -2, 5, 1, 1, 1};
  EXPECT_EQ(evaluate(guarded, logits, {1, 2}).gradient,
            evaluate(SoftmaxCrossEntropy{}, logits, {1, 2}).gradient);
}

TEST(SquaredError, ByHand) {
  const auto plain = evaluate(SquaredError{}, {0.5F, 0.25F, 1}, {2});
  EXPECT_EQ(plain.loss, (0.25F + 0.0625F) / 2);
  EXPECT_EQ(plain.gradient, (std::vector<float>{0.5F, 0.25F, 0}));
  const auto soft = evaluate(SquaredError{.low = 0.01F, .high = 0.99F}, {0.01F, 0.99F, 0.5F}, {1});
  EXPECT_FLOAT_EQ(soft.loss, 0.49F * 0.49F / 2);
  EXPECT_EQ(soft.gradient, (std::vector<float>{0, 0, 0.5F - 0.01F}));
  EXPECT_NEAR(evaluate(SquaredError{}, {0.5F, 1, 1, 0}, {0, 1}).loss, ((0.25 + 1) / 2 + (1 + 1) / 2.0) / 2,
              1e-7);
}

TEST(Loss, IsTheMeanOfTheSamplesLosses) {
  const auto samples = test::random_samples<double>(7, 26, 26, 3);
  for (const auto& spec : all_losses) {
    const auto whole = evaluate<double>(spec, samples.values, samples.labels);
    double sum = 0;
    for (std::size_t r = 0; r < 7; ++r) {
      const auto row = samples.view().row(r);
      const auto one = evaluate<double>(spec, {row.begin(), row.end()}, {samples.labels[r]});
      sum += one.loss;
      for (std::size_t c = 0; c < 26; ++c)
        EXPECT_NEAR(whole.gradient[r * 26 + c], one.gradient[c] / 7, 1e-15) << loss_name(spec);
    }
    EXPECT_NEAR(whole.loss, sum / 7, 1e-14) << loss_name(spec);
  }
}

TEST(Loss, FloatAgreesWithDouble) {
  const auto wide = test::random_samples<double>(9, 10, 10, 4);
  const std::vector<float> narrow(wide.values.begin(), wide.values.end());
  for (const auto& spec : all_losses) {
    const auto expected = evaluate<double>(spec, wide.values, wide.labels);
    const auto result = evaluate<float>(spec, narrow, wide.labels);
    EXPECT_NEAR(result.loss, expected.loss, 1e-6 * (1 + expected.loss)) << loss_name(spec);
    EXPECT_LT(test::relative_norm(result.gradient, expected.gradient), 1e-6) << loss_name(spec);
  }
}

TEST(Loss, EveryTargetGivesTheSameBits) {
  const auto samples = test::random_samples<float>(33, 26, 26, 5);
  for (const auto& spec : all_losses) {
    const auto expected = evaluate(spec, samples.values, samples.labels, Target::scalar);
    for (const auto target : supported_targets()) {
      const auto result = evaluate(spec, samples.values, samples.labels, target);
      EXPECT_EQ(result.loss, expected.loss);
      EXPECT_EQ(result.gradient, expected.gradient);
    }
  }
}

TEST(Loss, RowsMayHaveGaps) {
  const std::vector<float> outputs = {1, 2, 3, 99, 99, 3, 1, 2, 99, 99};
  const std::vector<std::uint8_t> labels = {1, 2};
  for (const auto& spec : all_losses) {
    std::vector<float> gradient(8, -7);
    const float loss = make_loss<float>(spec)->evaluate({outputs.data(), 2, 3, 5}, labels,
                                                        {gradient.data(), 2, 3, 4}, Compute());
    const auto expected = evaluate(spec, {1, 2, 3, 3, 1, 2}, labels);
    EXPECT_EQ(loss, expected.loss);
    EXPECT_EQ(gradient,
              (std::vector<float>{expected.gradient[0], expected.gradient[1], expected.gradient[2], -7,
                                  expected.gradient[3], expected.gradient[4], expected.gradient[5], -7}));
  }
}

// Whichever output is lost: a run that has diverged must not look like a good one.
TEST(Loss, OfNanIsNan) {
  for (const auto& spec : all_losses)
    for (std::size_t lost = 0; lost < 3; ++lost)
      for (const std::uint8_t label : {0, 1, 2}) {
        std::vector<float> outputs = {1, 2, 3};
        outputs[lost] = std::numeric_limits<float>::quiet_NaN();
        EXPECT_TRUE(std::isnan(evaluate(spec, outputs, {label}).loss))
            << loss_name(spec) << lost << int{label};
      }
}

TEST(Loss, OfInfiniteOutputsIsNotFinite) {
  for (const auto& spec : all_losses)
    for (const std::uint8_t label : {1, 2}) {
      const auto result = evaluate(spec, {std::numeric_limits<float>::infinity(), 2, 3}, {label});
      EXPECT_FALSE(std::isfinite(result.loss)) << loss_name(spec) << int{label};
    }
}

TEST(Softmax, GivesProbabilities) {
  std::vector<float> row = {0, std::log(2.0F), std::log(3.0F)};
  softmax(row, Compute());
  EXPECT_NEAR(row[0], 1.0 / 6, 1e-7);
  EXPECT_NEAR(row[1], 1.0 / 3, 1e-7);
  EXPECT_NEAR(row[2], 1.0 / 2, 1e-7);
  std::vector<float> large = {-1000, 1000};
  softmax(large, Compute());
  EXPECT_NEAR(large[0], 0, 1e-37);
  EXPECT_EQ(large[1], 1);
}

}  // namespace
}  // namespace scrawl::loss_test
