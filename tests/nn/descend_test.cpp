#include "nn/nn_testing.h"

#include <gtest/gtest.h>

// Network::descend is backward() and an optimizer's step in one pass, with the same bits.
namespace scrawl {
namespace {

using test::random_samples;

std::string weights_after(const char* model, std::size_t batch, HiddenError hidden_error, bool fused,
                          std::size_t threads, Target target) {
  const OptimizerSpec spec = {.kind = OptimizerSpec::Kind::sgd, .learning_rate = 0.1F, .l2 = 0.01F};
  Network network(parse_model(model));
  test::fill_parameters(network, 3);
  const Compute compute(threads, target);
  auto workspace = network.make_workspace(batch);
  const auto loss = make_loss<float>(SquaredError{});
  std::vector<float> gradients(network.parameters().size());
  Optimizer optimizer(spec, network.parameter_infos(), 20);
  for (std::uint64_t step = 0; step < 20; ++step) {
    const auto samples = random_samples<float>(batch, network.inputs(), network.outputs(), step);
    const auto outputs = network.forward(samples.view(), workspace, compute, Mode::train);
    loss->evaluate(outputs, samples.labels, workspace.output_gradient(), compute);
    if (fused) {
      network.descend(workspace, compute, gradients, spec.learning_rate, spec.l2, hidden_error);
    } else {
      network.backward(workspace, compute, gradients, hidden_error);
      optimizer.step(step, network.parameters(), gradients, compute);
    }
  }
  return weights_sha256(network);
}

TEST(Descend, HasTheBitsOfBackwardAndStep) {
  for (const char* model :
       {"30 > dense 20 > relu > dense 10", "784 > dense 100 nobias > sigmoid > dense 10 nobias > sigmoid",
        "17 > tanh > dense 33 > relu > sigmoid > dense 7 > tanh > dense 5"})
    for (const std::size_t batch : {1, 2, 16})
      for (const auto hidden_error : {HiddenError::gradient, HiddenError::raw}) {
        const auto expected = weights_after(model, batch, hidden_error, false, 1, Target::scalar);
        for (const auto target : supported_targets())
          for (const std::size_t threads : {1, 2, 3})
            EXPECT_EQ(weights_after(model, batch, hidden_error, true, threads, target), expected)
                << model << ", batch " << batch << ", " << to_string(target) << ", " << threads << " threads";
      }
}

}  // namespace
}  // namespace scrawl
