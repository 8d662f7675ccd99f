#include "scrawl/layer.h"

#include "nn/nn_testing.h"

#include <gtest/gtest.h>

namespace scrawl::gradient_check_test {
namespace {

using test::fill_parameters;
using test::random_samples;
using test::relative_norm;
using test::Samples;

using Net = BasicNetwork<double>;

Net random_network(std::string_view model, std::uint64_t seed) {
  Net network(parse_model(model));
  fill_parameters(network, seed);
  return network;
}

const std::vector<LossSpec> losses = {SoftmaxCrossEntropy{}, SoftmaxCrossEntropy{.label_smoothing = 0.1F},
                                      SquaredError{.low = 0.01F, .high = 0.99F}, MulticlassHinge{}};

TEST(GradientCheck, EveryLayerWithEveryLoss) {
  for (const auto* model : {
           "6 > dense 4",
           "6 > dense 4 nobias",
           "6 > dense 5 > sigmoid > dense 4",
           "6 > dense 5 > tanh > dense 4",
           "6 > dense 5 > relu > dense 4",
           "6 > dense 5 nobias > sigmoid > dense 4 nobias > sigmoid",
           "6 > dense 5 > relu > dense 5 > relu > dense 4 > tanh",
           "3x1x2 > dense 5 > dense 4 > relu",
           // An element-wise layer first: the images stay as they are.
           "6 > sigmoid > dense 4",
           "6 > relu > tanh > dense 5 > relu > dense 4",
           // Several in a row: each needs its own output.
           "6 > dense 5 > relu > sigmoid > dense 4",
           "6 > dense 5 > tanh > relu > sigmoid > tanh > dense 4 > relu > sigmoid",
           "6 > leaky-relu > dense 5 > leaky-relu 0.3 > leaky-relu > dense 4 > leaky-relu",
           "6 > silu > dense 5 > silu > silu > relu > silu > dense 4 > silu",
           "6 > dropout 0.3 > dense 9 > dropout 0.5 > dropout 0.2 > tanh > dropout 0.1 > dense 4 > silu > "
           "dropout 0.1",
       })
    for (const auto& loss : losses)
      for (const std::size_t rows : {1, 5})
        for (const std::uint64_t seed : {1, 2, 3}) {
          const auto samples = random_samples<double>(rows, 6, 4, seed);
          const Net network = random_network(model, seed);
          const auto result = check_gradient(network, loss, samples.view(), samples.labels);
          EXPECT_LT(result.relative_norm, 1e-6)
              << model << ", " << loss_name(loss) << ", " << rows << " rows";
          ASSERT_EQ(result.rows.size(), network.parameter_infos().size());
          std::size_t checked = 0;
          for (std::size_t i = 0; i < result.rows.size(); ++i) {
            const auto& row = result.rows[i];
            EXPECT_EQ(row.name, network.parameter_infos()[i].name);
            EXPECT_EQ(row.checked + row.skipped, network.parameter_infos()[i].size());
            checked += row.checked;
          }
          EXPECT_GT(checked, network.parameters().size() / 2) << "nearly all lies away from kinks";
        }
}

TEST(GradientCheck, Convolutions) {
  for (const auto* model : {
           "2x5x4 > conv 3 3x3 > dense 4",
           "2x5x4 > conv 3 3x2 pad 1 > sigmoid > conv 2 2x2 nobias > dense 4",
           "2x5x4 > conv 4 3x3 stride 2 pad 2 > relu > globalavgpool",
           "2x5x4 > conv 3 2x3 pad 1 stride 3 > tanh > conv 4 1x1 > avgpool 2 stride 1 > dense 4",
           "2x5x4 > dense 12 > tanh > conv 2 1x3 > relu > flatten > dense 4",
           "2x5x4 > conv 16 1x1 > tanh > conv 16 3x3 pad 1 > tanh > dense 4",  // large enough for Winograd's
                                                                               // way
           "2x5x4 > sigmoid > conv 2 3x3 pad 1 > avgpool 2 pad 1 > sigmoid > dense 5 > tanh > dense 4",
       })
    for (const std::size_t rows : {1, 5, 18})
      for (const std::uint64_t seed : {1, 2}) {
        const auto samples = random_samples<double>(rows, 40, 4, seed);
        const auto result = check_gradient(random_network(model, seed), SoftmaxCrossEntropy{}, samples.view(),
                                           samples.labels, {.most_per_tensor = 20});
        EXPECT_LT(result.relative_norm, 1e-6) << model << ", " << rows << " rows";
      }
}

TEST(GradientCheck, PoolingOfTheLargest) {
  for (const auto* model : {
           "2x5x4 > maxpool 2 > dense 4",
           "2x5x4 > conv 3 2x2 > maxpool 2 > dense 4",
           "2x5x4 > conv 3 2x2 > relu > maxpool 2 stride 1 > conv 4 2x1 pad 0 > dense 4",
           "2x5x4 > dense 24 > tanh > conv 2 1x5 > maxpool 3 stride 2 pad 1 > sigmoid > dense 4",
           "2x5x4 > dropout 0.2 > conv 3 3x3 pad 1 > maxpool 2 > dropout 0.3 > silu > leaky-relu 0.2 > "
           "flatten > dense 4",
       })
    for (const std::size_t rows : {1, 5, 18})
      for (const std::uint64_t seed : {1, 2}) {
        const auto samples = random_samples<double>(rows, 40, 4, seed);
        const auto result = check_gradient(random_network(model, seed), SoftmaxCrossEntropy{}, samples.view(),
                                           samples.labels, {.step = 1e-5});
        EXPECT_LT(result.relative_norm, 1e-6) << model << ", " << rows << " rows";
        std::size_t checked = 0;
        std::size_t all = 0;
        for (const auto& row : result.rows) {
          checked += row.checked;
          all += row.checked + row.skipped;
        }
        EXPECT_GT(checked, all / 2) << model << ", " << rows << " rows";
      }
}

TEST(GradientCheck, BatchNormalisation) {
  for (const auto* model : {
           "2x5x4 > batchnorm > dense 4",
           "2x5x4 > conv 3 3x3 > batchnorm > dense 4",
           "2x5x4 > conv 3 2x2 nobias > batchnorm > relu > maxpool 2 > conv 4 1x1 > batchnorm > silu > "
           "globalavgpool",
           "2x5x4 > conv 3 2x2 > relu > batchnorm epsilon 0.01 > tanh > conv 4 2x2 > sigmoid > batchnorm > "
           "dense 4",
           "2x5x4 > dense 7 > batchnorm > tanh > dense 6 nobias > sigmoid > batchnorm > batchnorm > dense 4",
           "2x5x4 > conv 3 3x3 > batchnorm > leaky-relu > dropout 0.3 > dense 6 > dropout 0.1 > batchnorm > "
           "dense 4",
           "2x5x4 > dense 4 > batchnorm",
       })
    for (const std::size_t rows : {1, 5, 18})
      for (const std::uint64_t seed : {1, 2}) {
        const auto samples = random_samples<double>(rows, 40, 4, seed);
        const auto result = check_gradient(random_network(model, seed), SoftmaxCrossEntropy{}, samples.view(),
                                           samples.labels, {.step = 1e-5});
        EXPECT_LT(result.relative_norm, 1e-6) << model << ", " << rows << " rows";
        EXPECT_LT(result.worst(), 1e-4) << model << ", " << rows << " rows";
      }
}

// Two values below a window that are equal: there is no derivative.
TEST(GradientCheck, SkipsAnotherChoiceOfMaxPooling) {
  const Samples<double> samples{1, 4, {1, 1, 1, 1}, {0}};
  Net net(parse_model("1x2x2 > conv 1 1x1 > maxpool 2 > dense 2"));
  for (auto& value : net.parameters()) value = 1;
  const auto all_same = check_gradient(net, SoftmaxCrossEntropy{}, samples.view(), samples.labels);
  EXPECT_EQ(all_same.rows[0].skipped, 0U) << "all four values change alike";
  Net two(parse_model("1x2x2 > conv 1 2x2 pad 1 > maxpool 2 stride 1 > dense 2"));
  for (auto& value : two.parameters()) value = 0;
  const auto result = check_gradient(two, SoftmaxCrossEntropy{}, samples.view(), samples.labels);
  EXPECT_EQ(result.rows[0].skipped, 4U) << "each weight of the window lifts other places";
}

// The bias before a normalisation has the gradient 0, and both ways give nothing but rounding.
TEST(GradientCheck, RoundingAloneIsNoDifference) {
  const auto samples = random_samples<double>(9, 6, 4, 1);
  const Net network = random_network("6 > dense 5 > batchnorm > sigmoid > dense 4", 1);
  const auto result = check_gradient(network, SoftmaxCrossEntropy{}, samples.view(), samples.labels);
  EXPECT_EQ(result.rows[1].name, "0.bias");
  EXPECT_EQ(result.rows[1].relative_norm, 0);
  EXPECT_GT(result.rows[0].relative_norm, 0);
  EXPECT_TRUE(result.passed(1e-4));
}

TEST(GradientCheck, LeavesTheStateAlone) {
  const auto samples = random_samples<double>(9, 6, 4, 1);
  const Net network = random_network("6 > dense 5 > batchnorm > dense 4", 1);
  check_gradient(network, SoftmaxCrossEntropy{}, samples.view(), samples.labels);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(network.state()[i], i < 5 ? 0 : 1);
}

TEST(GradientCheck, ManyClassesAndChannels) {
  const auto samples = random_samples<double>(3, 75, 26, 1);
  const Net network = random_network("3x5x5 > dense 9 > sigmoid > dense 26", 1);
  const auto result = check_gradient(network, SoftmaxCrossEntropy{}, samples.view(), samples.labels,
                                     {.most_per_tensor = 40, .threads = 2});
  EXPECT_LT(result.relative_norm, 1e-6);
  for (const auto& row : result.rows) EXPECT_LE(row.checked, 40U);
  EXPECT_EQ(result.rows[0].checked, 40U);
}

TEST(GradientCheck, TheNumberOfThreadsChangesNothing) {
  const auto samples = random_samples<double>(4, 6, 4, 1);
  const Net network = random_network("6 > dense 5 > relu > dense 4", 1);
  const auto one = check_gradient(network, SoftmaxCrossEntropy{}, samples.view(), samples.labels);
  const auto three =
      check_gradient(network, SoftmaxCrossEntropy{}, samples.view(), samples.labels, {.threads = 3});
  EXPECT_EQ(one.relative_norm, three.relative_norm);
}

// All pre-activations are exactly 0, where ReLU has no derivative.
TEST(GradientCheck, SkipsTheKinksOfRelu) {
  Net network(parse_model("2 > dense 3 > relu > dense 2"));
  const auto second = network.parameter_infos()[2];
  for (std::size_t i = 0; i < second.size(); ++i) network.parameters()[second.offset + i] = 1 + 0.5 * i;
  const Samples<double> samples{2, 2, {1, 2, 3, 4}, {0, 1}};
  const auto result = check_gradient(network, SoftmaxCrossEntropy{}, samples.view(), samples.labels);
  EXPECT_EQ(result.rows[0].checked, 0U);
  EXPECT_EQ(result.rows[0].skipped, 6U);
  EXPECT_EQ(result.rows[3].skipped, 0U);
  EXPECT_LT(result.relative_norm, 1e-6);
}

TEST(GradientCheck, SkipsTheKinksOfTheHingeLoss) {
  const Net network(parse_model("2 > dense 3"));
  const Samples<double> samples{1, 2, {1, 2}, {0}};
  const auto at_kink = check_gradient(network, MulticlassHinge{.margin = 0}, samples.view(), samples.labels);
  EXPECT_EQ(at_kink.rows[0].checked, 0U);
  const auto beside = check_gradient(network, MulticlassHinge{.margin = 1}, samples.view(), samples.labels);
  EXPECT_EQ(beside.rows[0].skipped, 0U);
  EXPECT_LT(beside.relative_norm, 1e-6);
}

TEST(GradientCheck, OfAModelWithoutParametersIsEmpty) {
  const auto samples = random_samples<double>(2, 4, 4, 1);
  const Net network(parse_model("4 > tanh"));
  EXPECT_TRUE(check_gradient(network, SquaredError{}, samples.view(), samples.labels).rows.empty());
}

/// 1/2 sum output^2, with a gradient that is right or wrong in one place.
class HalfSquares final : public BasicLoss<double> {
 public:
  explicit HalfSquares(double mistake) : mistake_(mistake) {}
  double evaluate(MatrixView<const double> outputs, std::span<const std::uint8_t>,
                  MatrixView<double> gradient, const BasicCompute<double>&) const override {
    double sum = 0;
    for (std::size_t r = 0; r < outputs.rows(); ++r)
      for (std::size_t c = 0; c < outputs.columns(); ++c) {
        sum += outputs(r, c) * outputs(r, c) / 2;
        gradient(r, c) = outputs(r, c);
      }
    gradient(0, 0) *= 1 + mistake_;
    return sum;
  }

 private:
  double mistake_;
};

std::vector<double> analytic_gradient(Net& network, const BasicLoss<double>& loss,
                                      const Samples<double>& samples, bool raw_hidden_error = false) {
  const BasicCompute<double> compute;
  auto workspace = network.make_workspace(samples.rows);
  const auto outputs = network.forward(samples.view(), workspace, compute, Mode::train);
  loss.evaluate(outputs, samples.labels, workspace.output_gradient(), compute);
  std::vector<double> gradient(network.parameters().size());
  Passes<double>(network, workspace, compute).backward(gradient, raw_hidden_error);
  return gradient;
}

TEST(NumericalGradient, AgreesWithBackpropagation) {
  const auto samples = random_samples<double>(5, 6, 4, 7);
  Net network = random_network("6 > dense 5 > sigmoid > dense 4 > tanh > dense 4", 7);
  for (const auto& spec : losses) {
    const auto loss = make_loss<double>(spec);
    const auto numerical = numerical_gradient(network, *loss, samples.view(), samples.labels, 1e-5, 2);
    EXPECT_LT(relative_norm(analytic_gradient(network, *loss, samples), numerical), 1e-6) << loss_name(spec);
  }
}

TEST(NumericalGradient, LeavesTheNetworkAlone) {
  const auto samples = random_samples<double>(2, 6, 4, 1);
  const Net network = random_network("6 > dense 4", 1);
  const std::vector<double> before(network.parameters().begin(), network.parameters().end());
  numerical_gradient(network, *make_loss<double>(SquaredError{}), samples.view(), samples.labels, 1e-4, 2);
  EXPECT_TRUE(std::equal(before.begin(), before.end(), network.parameters().begin()));
}

// A comparison that cannot fail would prove nothing.
TEST(NumericalGradient, ShowsAWrongGradient) {
  const auto samples = random_samples<double>(3, 6, 4, 8);
  Net network = random_network("6 > dense 5 > sigmoid > dense 4", 8);
  const auto compare = [&](double mistake) {
    const HalfSquares loss(mistake);
    const auto numerical = numerical_gradient(network, loss, samples.view(), samples.labels, 1e-5, 1);
    return relative_norm(analytic_gradient(network, loss, samples), numerical);
  };
  EXPECT_LT(compare(0), 1e-6);
  EXPECT_GT(compare(0.01), 1e-5);
  EXPECT_GT(compare(-2), 1e-2);
}

TEST(NumericalGradient, ShowsThatTheRawErrorIsNotTheGradient) {
  const auto samples = random_samples<double>(3, 6, 4, 9);
  Net network = random_network("6 > dense 5 nobias > sigmoid > dense 4 nobias > sigmoid", 9);
  const auto loss = make_loss<double>(SquaredError{});
  const auto numerical = numerical_gradient(network, *loss, samples.view(), samples.labels, 1e-5, 1);
  EXPECT_LT(relative_norm(analytic_gradient(network, *loss, samples), numerical), 1e-6);
  EXPECT_GT(relative_norm(analytic_gradient(network, *loss, samples, true), numerical), 1e-2);
}

}  // namespace
}  // namespace scrawl::gradient_check_test
