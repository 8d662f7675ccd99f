#include "nn/layers.h"
#include "nn/nn_testing.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace scrawl::batchnorm_test {
namespace {

using test::random_samples;
using Net = BasicNetwork<double>;

void expect_near(std::span<const double> values, std::initializer_list<double> expected) {
  ASSERT_EQ(values.size(), expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], expected.begin()[i], 2e-8) << i;
}

double x_at(std::size_t i) { return (static_cast<double>(i * 7 % 11) - 4) / 3; }
double dy_at(std::size_t i) { return (static_cast<double>(i * 5 % 13) - 6) / 4; }

// What torch.nn.BatchNorm2d(2).double() of PyTorch 1.13 gives for x = (arange(24).reshape(3, 2, 2, 2) * 7 %
// 11
// - 4) / 3, weight (1.5, -0.5), bias (0.25, 0.75) and the output gradient (arange(24) * 5 % 13 - 6) / 4.
TEST(BatchNormLayer, AgreesWithPyTorch) {
  const std::vector<double> parameters = {1.5, -0.5, 0.25, 0.75};
  Net alone(parse_model("2x2x2 > batchnorm"));
  std::copy(parameters.begin(), parameters.end(), alone.parameters().begin());
  std::vector<double> x(24);
  std::vector<double> dy(24);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = x_at(i);
    dy[i] = dy_at(i);
  }
  const BasicCompute<double> compute;
  auto workspace = alone.make_workspace(3);
  const auto y = alone.forward({x.data(), 3, 8}, workspace, compute, Mode::train);
  // clang-format off
  expect_near({y.data(), 24},
              {-1.569010254, 1.486926973, -0.259322871, 2.796614356, 0.675924315, 1.38705089, 0.142579384,
               0.853705959, -1.132447793, 1.923489434, 0.17723959, -1.569010254, 0.498142671, 1.209269247,
               -0.03520226, 0.675924315, -0.695885332, 2.360051895, 0.613802051, -1.132447793, 0.320361027,
               1.031487603, 1.742614178, 0.498142671});
  // clang-format on
  std::copy(dy.begin(), dy.end(), workspace.output_gradient().data());
  std::vector<double> gradients(4);
  alone.backward(workspace, compute, gradients);
  expect_near(gradients, {3.383359073, 0.725941712, -2.25, 2.5});
  expect_near(alone.state(), {0.005555556, 0.052777778, 1.043097643, 0.995875421});
  const auto predicted = alone.predict({x.data(), 3, 8}, workspace, compute);
  // clang-format off
  expect_near({predicted.data(), 24},
              {-1.716397135, 1.710519034, -0.247718777, 3.179197392, 0.442422127, 1.110464567, -0.058609703,
               0.609432737, -1.226837682, 2.200078486, 0.241840676, -1.716397135, 0.275411517, 0.943453957,
               -0.225620313, 0.442422127, -0.737278229, 2.689637939, 0.731400128, -1.226837682, 0.108400907,
               0.776443347, 1.444485787, 0.275411517});
  // clang-format on
}

// The gradient by the input, from the layer itself: three samples in lanes, numbers of no meaning in the
// others.
TEST(BatchNormLayer, InputGradientAgreesWithPyTorch) {
  constexpr std::size_t lanes = 16;
  const auto made = make_layer<double>(BatchNorm{}, {2, 2, 2});
  const auto* const layer = dynamic_cast<const FastLayer<double>*>(made.get());
  const std::vector<double> parameters = {1.5, -0.5, 0.25, 0.75};
  std::vector<double> x(8 * lanes, 1e6);
  std::vector<double> dy(8 * lanes, 0.0);
  std::vector<double> y(8 * lanes);
  std::vector<double> dx(8 * lanes);
  std::vector<double> state(layer->traits().state_size);
  std::vector<double> saved(layer->traits().saved_size);
  std::vector<double> scratch(layer->scratch_size(3));
  for (std::size_t i = 0; i < 24; ++i) {
    x[i % 8 * lanes + i / 8] = x_at(i);
    dy[i % 8 * lanes + i / 8] = dy_at(i);
  }
  const BasicCompute<double> compute;
  layer->fast_forward({{.parameters = parameters,
                        .state = state,
                        .next_state = state,
                        .input = {x.data(), 3, 8},
                        .sparse_input = false,
                        .output = {y.data(), 3, 8},
                        .scratch = scratch,
                        .saved = saved,
                        .mode = Mode::train,
                        .key = {},
                        .compute = compute},
                       true});
  layer->fast_backward({{.parameters = parameters,
                         .state = state,
                         .input = {x.data(), 3, 8},
                         .output = {y.data(), 3, 8},
                         .output_gradient = {dy.data(), 3, 8},
                         .input_gradient = {dx.data(), 3, 8},
                         .parameter_gradient = {},
                         .scratch = scratch,
                         .saved = saved,
                         .mode = Mode::train,
                         .key = {},
                         .compute = compute},
                        true});
  std::vector<double> rows(24);
  for (std::size_t i = 0; i < 24; ++i) rows[i] = dx[i % 8 * lanes + i / 8];
  // clang-format off
  expect_near(rows,
              {-1.27117058, -0.386355457, 1.680636118, -1.691032753, -0.017442634, -0.730012481, 0.416982576,
               -0.295587271, -1.05121932, -0.166404197, 1.900587377, -0.288905042, -0.139306697, 0.881494484,
               0.295118513, -0.417451333, -0.831268061, 0.053547062, 2.120538637, -0.068953783, -0.261170759,
               0.759630422, 0.047060576, -0.539315396});
  // clang-format on
  for (std::size_t i = 0; i < dx.size(); ++i)
    if (i % lanes >= 3) {
      EXPECT_EQ(dx[i], 0) << "a lane without a sample";
      EXPECT_EQ(y[i], 0);
    }
}

TEST(BatchNormLayer, InitialValues) {
  Network network(parse_model("3x4x4 > conv 2 3x3 > batchnorm > flatten > dense 5 > batchnorm"));
  const auto expect_first_state = [&] {
    std::vector<float> state(14, 0.0F);
    state[2] = state[3] = 1;
    std::fill(state.begin() + 9, state.end(), 1.0F);
    EXPECT_TRUE(std::equal(state.begin(), state.end(), network.state().begin(), network.state().end()));
  };
  expect_first_state();
  std::fill(network.state().begin(), network.state().end(), 7.0F);
  network.initialise({}, 1);
  expect_first_state();
  for (const auto& info : network.parameter_infos()) {
    if (info.name != "1.weight" && info.name != "4.weight") continue;
    EXPECT_EQ(info.kind, ParameterKind::bias);
    for (std::size_t i = 0; i < info.size(); ++i) EXPECT_EQ(network.parameters()[info.offset + i], 1);
  }
  network.state()[3] = 5;
  const Network copy(network);
  EXPECT_EQ(copy.state()[3], 5);
  EXPECT_EQ(to_double(network).state()[3], 5);
}

TEST(BatchNormLayer, NormalisesEachValueOfAVector) {
  Network network(parse_model("7 > batchnorm"));
  network.initialise({}, 1);
  constexpr std::size_t rows = 37;
  const auto samples = random_samples<float>(rows, 7, 7, 2);
  auto workspace = network.make_workspace(rows);
  const Compute compute;
  const auto y = network.forward(samples.view(), workspace, compute, Mode::train);
  for (std::size_t c = 0; c < 7; ++c) {
    double sum = 0;
    double squares = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      sum += static_cast<double>(y(r, c));
      squares += static_cast<double>(y(r, c)) * static_cast<double>(y(r, c));
    }
    EXPECT_NEAR(sum / rows, 0, 1e-6);
    EXPECT_NEAR(squares / rows, 1, 1e-4);
  }
}

// Means far larger than the deviation, where E x^2 - (E x)^2 would lose all digits.
TEST(BatchNormLayer, SurvivesLargeMeans) {
  Network network(parse_model("1x6x6 > batchnorm"));
  network.initialise({}, 1);
  constexpr std::size_t rows = 40;
  auto samples = random_samples<float>(rows, 36, 7, 2);
  auto shifted = samples;
  for (auto& value : shifted.values) value = 4096 + std::round(value * 128) / 128;
  for (auto& value : samples.values) value = std::round(value * 128) / 128;
  auto workspace = network.make_workspace(rows);
  auto other = network.make_workspace(rows);
  const Compute compute;
  const auto y = network.forward(samples.view(), workspace, compute, Mode::train);
  const auto z = network.forward(shifted.view(), other, compute, Mode::train);
  for (std::size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(y.data()[i], z.data()[i], 2e-3) << i;
}

TEST(BatchNormLayer, OneSampleOfOnePlaceGivesTheBias) {
  Network network(parse_model("3 > batchnorm > dense 2"));
  network.initialise({}, 1);
  network.parameters()[4] = 0.5F;
  auto workspace = network.make_workspace(1);
  const Compute compute;
  const std::vector<float> x = {1, 1e6F, -3};
  network.forward({x.data(), 1, 3}, workspace, compute, Mode::train);
  const auto y = workspace.layer_output(0);
  EXPECT_EQ(y.data()[0 * 16], 0);
  EXPECT_EQ(y.data()[1 * 16], 0.5F);
  EXPECT_EQ(y.data()[2 * 16], 0);
  std::fill_n(workspace.output_gradient().data(), 2, 1.0F);
  std::vector<float> gradients(network.parameters().size());
  network.backward(workspace, compute, gradients);
  for (const float g : gradients) EXPECT_TRUE(std::isfinite(g));
  for (const float s : network.state()) EXPECT_TRUE(std::isfinite(s));
}

// What lies in lanes without a sample must not reach the weights before the normalisation.
TEST(BatchNormLayer, ASampleMoreOrLessOfMemoryChangesNothing) {
  const auto gradients_with = [](std::size_t max_rows) {
    Network network(parse_model("2x6x6 > conv 3 3x3 > batchnorm > relu > conv 2 3x3 > batchnorm > dense 4"));
    network.initialise({}, 3);
    const auto samples = random_samples<float>(18, 72, 4, 2);
    const auto first = random_samples<float>(max_rows, 72, 4, 9);
    auto workspace = network.make_workspace(max_rows);
    const Compute compute;
    const auto loss = make_loss<float>(SoftmaxCrossEntropy{});
    std::vector<float> gradients(network.parameters().size());
    network.predict(first.view(), workspace, compute);  // leaves its numbers in all lanes
    const auto outputs = network.forward(samples.view(), workspace, compute, Mode::train);
    loss->evaluate(outputs, samples.labels, workspace.output_gradient(), compute);
    network.backward(workspace, compute, gradients);
    return gradients;
  };
  EXPECT_EQ(gradients_with(18), gradients_with(64));
}

TEST(BatchNormLayer, PredictingDoesNotTouchTheState) {
  Network network(parse_model("5 > batchnorm"));
  network.initialise({}, 3);
  const auto samples = random_samples<float>(9, 5, 4, 2);
  auto workspace = network.make_workspace(9);
  const Compute compute;
  network.forward(samples.view(), workspace, compute, Mode::predict);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(network.state()[i], i < 5 ? 0 : 1);
  network.forward(samples.view(), workspace, compute, Mode::train);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_NE(network.state()[i], i < 5 ? 0 : 1);
}

}  // namespace
}  // namespace scrawl::batchnorm_test
