#include "nn/nn_testing.h"

#include <gtest/gtest.h>

namespace scrawl::hidden_error_test {
namespace {

using test::random_samples;
using test::relative_norm;

constexpr std::size_t inputs = 12;
constexpr std::size_t hidden = 7;
constexpr std::size_t outputs = 4;
constexpr double rate = 0.3;

/// "Make your own neural network", loop by loop, in double. Weights as (to, from).
struct HandWritten {
  std::vector<double> w1;
  std::vector<double> w2;

  void train(std::span<const float> x, std::span<const double> target, bool raw) {
    const auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
    std::vector<double> h(hidden);
    for (std::size_t j = 0; j < hidden; ++j) {
      double sum = 0;
      for (std::size_t i = 0; i < inputs; ++i) sum += w1[j * inputs + i] * x[i];
      h[j] = sigmoid(sum);
    }
    std::vector<double> error(outputs);
    std::vector<double> delta(outputs);
    for (std::size_t k = 0; k < outputs; ++k) {
      double sum = 0;
      for (std::size_t j = 0; j < hidden; ++j) sum += w2[k * hidden + j] * h[j];
      const double o = sigmoid(sum);
      error[k] = target[k] - o;
      delta[k] = error[k] * o * (1 - o);
    }
    const auto& handed_back = raw ? error : delta;
    std::vector<double> hidden_errors(hidden);
    for (std::size_t j = 0; j < hidden; ++j)
      for (std::size_t k = 0; k < outputs; ++k) hidden_errors[j] += w2[k * hidden + j] * handed_back[k];
    for (std::size_t k = 0; k < outputs; ++k)
      for (std::size_t j = 0; j < hidden; ++j) w2[k * hidden + j] += rate * delta[k] * h[j];
    for (std::size_t j = 0; j < hidden; ++j)
      for (std::size_t i = 0; i < inputs; ++i)
        w1[j * inputs + i] += rate * hidden_errors[j] * h[j] * (1 - h[j]) * x[i];
  }
};

/// One image a step, through the network's own passes, against the loops above.
void expect_the_loops_weights(bool raw, std::size_t threads) {
  Network network(parse_model("12 > dense 7 nobias > sigmoid > dense 4 nobias > sigmoid"));
  network.initialise({Initialiser::Kind::fan_out}, 1);
  const auto infos = network.parameter_infos();
  const auto first = copy_parameter(network, infos[0]);
  const auto second = copy_parameter(network, infos[1]);
  HandWritten expected{{first.begin(), first.end()}, {second.begin(), second.end()}};

  const auto samples = random_samples<float>(40, inputs, outputs, 1);
  const Compute compute(threads);
  auto workspace = network.make_workspace(1);
  std::vector<float> gradients(network.parameters().size());
  Optimizer optimizer({.learning_rate = static_cast<float>(rate)}, infos, 1);
  const auto loss = make_loss<float>(SquaredError{.low = 0.01F, .high = 0.99F});
  for (std::size_t s = 0; s < samples.rows; ++s) {
    const auto x = samples.view().row(s);
    const auto output = network.forward({x.data(), 1, inputs}, workspace, compute, Mode::train);
    loss->evaluate(output, std::span(samples.labels).subspan(s, 1), workspace.output_gradient(), compute);
    Passes<float>(network, workspace, compute).backward(gradients, raw);
    optimizer.step(s, network.parameters(), gradients, compute);

    std::vector<double> target(outputs, 0.01);
    target[samples.labels[s]] = 0.99;
    expected.train(x, target, raw);
    ASSERT_LT(relative_norm(copy_parameter(network, infos[0]), expected.w1), 1e-6) << "step " << s;
    ASSERT_LT(relative_norm(copy_parameter(network, infos[1]), expected.w2), 1e-6) << "step " << s;
  }
}

TEST(HiddenError, RawIsTheAuthorsUpdate) {
  for (const std::size_t threads : {1, 2}) expect_the_loops_weights(true, threads);
}

TEST(HiddenError, GradientIsTheTrueOne) {
  for (const std::size_t threads : {1, 2}) expect_the_loops_weights(false, threads);
}

std::vector<float> gradients_of(std::string_view model, bool raw) {
  Network network(parse_model(model));
  test::fill_parameters(network, 1);
  const auto samples = random_samples<float>(5, network.inputs(), network.outputs(), 1);
  const Compute compute;
  auto workspace = network.make_workspace(5);
  const auto output = network.forward(samples.view(), workspace, compute, Mode::train);
  make_loss<float>(SquaredError{})->evaluate(output, samples.labels, workspace.output_gradient(), compute);
  std::vector<float> gradients(network.parameters().size());
  Passes<float>(network, workspace, compute).backward(gradients, raw);
  return gradients;
}

TEST(HiddenError, WithoutAnActivationBehindTheWeightsThereIsNoDifference) {
  for (const auto* model : {"6 > dense 4", "6 > sigmoid > dense 4 > sigmoid", "6 > dense 5 > dense 4"})
    EXPECT_EQ(gradients_of(model, true), gradients_of(model, false)) << model;
}

TEST(HiddenError, TheLastLayersGradientIsTheTrueOneInBothForms) {
  const auto* const model = "6 > dense 5 > tanh > dense 4 > sigmoid > tanh";
  const auto raw = gradients_of(model, true);
  const auto gradient = gradients_of(model, false);
  constexpr std::size_t first_layer = 6 * 5 + 5;
  EXPECT_TRUE(std::equal(raw.begin() + first_layer, raw.end(), gradient.begin() + first_layer));
  EXPECT_FALSE(std::equal(raw.begin(), raw.begin() + first_layer, gradient.begin()));
}

}  // namespace
}  // namespace scrawl::hidden_error_test
