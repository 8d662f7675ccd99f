#include "scrawl/network.h"

#include "base/sha256.h"
#include "nn/nn_testing.h"
#include "testing.h"

#include <utility>

namespace scrawl::network_test {
namespace {

using test::error_of;
using test::fill_parameters;
using test::mentions;
using test::random_samples;
using test::relative_norm;

TEST(Network, SaysWhatLiesWhere) {
  const Network network(parse_model("2x3 > dense 5 > relu > dense 4 nobias > dense 26"));
  const auto infos = network.parameter_infos();
  ASSERT_EQ(infos.size(), 5U);
  const std::vector<std::string> names = {"0.weight", "0.bias", "2.weight", "3.weight", "3.bias"};
  const std::vector<std::vector<std::size_t>> shapes = {{5, 6}, {5}, {4, 5}, {26, 4}, {26}};
  std::size_t offset = 0;
  for (std::size_t i = 0; i < infos.size(); ++i) {
    EXPECT_EQ(infos[i].name, names[i]);
    EXPECT_EQ(infos[i].shape, shapes[i]);
    EXPECT_EQ(infos[i].offset, offset);
    EXPECT_EQ(infos[i].kind, names[i].ends_with("bias") ? ParameterKind::bias : ParameterKind::weight);
    offset += infos[i].size();
  }
  EXPECT_EQ(network.parameters().size(), offset);
  EXPECT_EQ(network.inputs(), 6U);
  EXPECT_EQ(network.outputs(), 26U);
  EXPECT_TRUE(network.state().empty());
}

TEST(Network, StartsWithZeros) {
  const Network network(parse_model("6 > dense 5"));
  for (const float value : network.parameters()) EXPECT_EQ(value, 0);
}

TEST(Network, RefusesLayersThatDoNotFit) {
  EXPECT_TRUE(mentions(error_of([] { Network({{1, 1, 4}, {}}); }), {"no layers"}));
  EXPECT_TRUE(mentions(error_of([] { Network({{1, 0, 4}, {Dense{3}}}); }), {"layer 0"}));
}

TEST(Network, ComputesByHand) {
  Network network(parse_model("2 > dense 2 > relu > dense 1"));
  const auto infos = network.parameter_infos();
  set_parameter<float>(network, infos[0], std::vector<float>{1, 2, 3, -4});  // (outputs, inputs)
  set_parameter<float>(network, infos[1], std::vector<float>{0.5F, 1});
  set_parameter<float>(network, infos[2], std::vector<float>{10, 100});
  set_parameter<float>(network, infos[3], std::vector<float>{-1});
  const std::vector<float> input = {1, 2, 2, 1};
  const Compute compute;
  auto workspace = network.make_workspace(2);
  const auto output = network.predict({input.data(), 2, 2}, workspace, compute);
  EXPECT_EQ(output(0, 0), 10 * (1 + 4 + 0.5F) + 100 * 0 - 1);  // 3 - 8 + 1 is below zero
  EXPECT_EQ(output(1, 0), 10 * (2 + 2 + 0.5F) + 100 * (6 - 4 + 1) - 1);
}

TEST(Network, ParametersGoInAndOutAsFilesHoldThem) {
  Network network(parse_model("3 > dense 2"));
  const auto infos = network.parameter_infos();
  const std::vector<float> weights = {1, 2, 3, 4, 5, 6};
  set_parameter<float>(network, infos[0], weights);
  EXPECT_EQ(copy_parameter(network, infos[0]), weights);
  // In memory the weights that leave one input are neighbours.
  const std::vector<float> memory(network.parameters().begin(), network.parameters().begin() + 6);
  EXPECT_EQ(memory, (std::vector<float>{1, 4, 2, 5, 3, 6}));
  const Error error = error_of([&] { set_parameter<float>(network, infos[1], weights); });
  EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(mentions(error, {"0.bias", "2 values", "6"}));
}

TEST(Network, HashesParametersAsFilesHoldThem) {
  Network network(parse_model("3 > dense 2"));
  const std::vector<float> values = {1, 2, 3, 4, 5, 6, 7, 8};
  set_parameter<float>(network, network.parameter_infos()[0], std::span(values).first(6));
  set_parameter<float>(network, network.parameter_infos()[1], std::span(values).subspan(6));
  EXPECT_EQ(weights_sha256(network), sha256_hex(std::as_bytes(std::span(values))));
}

TEST(Network, CopiesAreIndependent) {
  Network network(parse_model("6 > dense 5 > relu > dense 4"));
  fill_parameters(network, 1);
  Network copy = network;
  EXPECT_EQ(weights_sha256(copy), weights_sha256(network));
  copy.parameters()[3] = 99;
  EXPECT_NE(weights_sha256(copy), weights_sha256(network));
  const std::string hash = weights_sha256(copy);
  const Network moved = std::move(copy);
  EXPECT_EQ(weights_sha256(moved), hash);
}

TEST(Network, WorkspacesMove) {
  Network network(parse_model("6 > dense 5 > relu > dense 4"));
  fill_parameters(network, 1);
  const auto samples = random_samples<float>(3, 6, 4, 1);
  const Compute compute;
  auto first = network.make_workspace(3);
  const auto view = network.predict(samples.view(), first, compute);
  const std::vector<float> before(view.data(), view.data() + view.size());
  const Workspace second = std::move(first);
  EXPECT_EQ(second.max_rows(), 3U);
  const auto after = second.output();
  EXPECT_EQ(std::vector<float>(after.data(), after.data() + after.size()), before);
  static_assert(!std::is_copy_constructible_v<Workspace>);
}

TEST(Network, FloatAgreesWithDouble) {
  for (const auto* model : {"3x32x32 > dense 26", "64 > dense 33 > sigmoid > dense 17 > tanh > dense 10",
                            "50 > relu > dense 40 > relu > tanh > dense 10 nobias > sigmoid"}) {
    Network network(parse_model(model));
    network.initialise({}, 3);
    auto wide = to_double(network);
    const std::size_t classes = network.outputs();
    const auto samples = random_samples<float>(9, network.inputs(), classes, 2);
    const auto wide_samples = random_samples<double>(9, network.inputs(), classes, 2);
    const Compute compute;
    const BasicCompute<double> wide_compute;
    auto workspace = network.make_workspace(9);
    auto wide_workspace = wide.make_workspace(9);
    const auto outputs = network.forward(samples.view(), workspace, compute, Mode::train);
    const auto wide_outputs = wide.forward(wide_samples.view(), wide_workspace, wide_compute, Mode::train);
    EXPECT_LT(relative_norm(std::span(outputs.data(), outputs.size()),
                            std::span(wide_outputs.data(), wide_outputs.size())),
              1e-6)
        << model;
    make_loss<float>(SoftmaxCrossEntropy{})
        ->evaluate(outputs, samples.labels, workspace.output_gradient(), compute);
    make_loss<double>(SoftmaxCrossEntropy{})
        ->evaluate(wide_outputs, samples.labels, wide_workspace.output_gradient(), wide_compute);
    std::vector<float> gradient(network.parameters().size());
    std::vector<double> wide_gradient(gradient.size());
    network.backward(workspace, compute, gradient);
    wide.backward(wide_workspace, wide_compute, wide_gradient);
    EXPECT_LT(relative_norm(gradient, wide_gradient), 1e-5) << model;
  }
}

// The gradient of a batch's mean is the mean of the samples' gradients.
TEST(Network, GradientsOfABatchAddUp) {
  BasicNetwork<double> network(parse_model("6 > dense 5 > tanh > dense 4"));
  fill_parameters(network, 2);
  const auto samples = random_samples<double>(7, 6, 4, 3);
  const BasicCompute<double> compute(2);
  const auto loss = make_loss<double>(SoftmaxCrossEntropy{});
  auto workspace = network.make_workspace(7);
  const auto gradient_of = [&](std::size_t first, std::size_t rows) {
    const auto outputs = network.forward({samples.values.data() + first * 6, rows, 6}, workspace, compute);
    loss->evaluate(outputs, std::span(samples.labels).subspan(first, rows), workspace.output_gradient(),
                   compute);
    std::vector<double> gradient(network.parameters().size(), -9);  // overwritten, not added to
    network.backward(workspace, compute, gradient);
    return gradient;
  };
  std::vector<double> mean(network.parameters().size());
  for (std::size_t r = 0; r < 7; ++r) {
    const auto one = gradient_of(r, 1);
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += one[i] / 7;
  }
  EXPECT_LT(relative_norm(gradient_of(0, 7), mean), 1e-14);
}

TEST(Network, LeavesTheInputAlone) {
  for (const auto* model : {"6 > sigmoid", "6 > relu > tanh > dense 4", "6 > dense 6 > relu"}) {
    Network network(parse_model(model));
    fill_parameters(network, 2);
    const auto samples = random_samples<float>(3, 6, 4, 3);
    const auto before = samples.values;
    const Compute compute;
    auto workspace = network.make_workspace(3);
    network.forward(samples.view(), workspace, compute, Mode::train);
    std::vector<float> gradient(network.parameters().size());
    network.backward(workspace, compute, gradient);
    EXPECT_EQ(samples.values, before) << model;
  }
}

TEST(Network, LayerOutputsCanBeRead) {
  Network network(parse_model("3 > dense 2 > relu > sigmoid"));
  set_parameter<float>(network, network.parameter_infos()[0], std::vector<float>{1, 1, 1, -1, -1, -1});
  const std::vector<float> input = {1, 2, 3};
  const Compute compute;
  auto workspace = network.make_workspace(1);
  network.predict({input.data(), 1, 3}, workspace, compute);
  EXPECT_EQ(workspace.layer_output(1)(0, 0), 6);
  EXPECT_EQ(workspace.layer_output(1)(0, 1), 0);
  EXPECT_NEAR(workspace.layer_output(2)(0, 0), 1 / (1 + std::exp(-6.0)), 1e-6);
  EXPECT_EQ(workspace.layer_output(2)(0, 1), 0.5F);
}

}  // namespace
}  // namespace scrawl::network_test
