#pragma once

#include "scrawl/loss.h"
#include "scrawl/network.h"
#include "scrawl/optimizer.h"
#include "scrawl/random.h"

#include "nn/passes.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What the tests of networks share: made-up batches and the training step of network.h.
namespace scrawl::test {

template <class T>
struct Samples {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<T> values;
  std::vector<std::uint8_t> labels;

  MatrixView<const T> view() const { return {values.data(), rows, columns}; }
};

/// Inputs from -1 to 1, a fifth of them 0; a function of the seed alone.
template <class T>
Samples<T> random_samples(std::size_t rows, std::size_t columns, std::size_t classes, std::uint64_t seed) {
  Samples<T> samples{rows, columns, std::vector<T>(rows * columns), std::vector<std::uint8_t>(rows)};
  const RandomKey key{.seed = seed};
  std::uint32_t index = 0;
  for (auto& value : samples.values) {
    const float u = random_uniform(key, index++);
    value = u < 0.2F ? 0 : 2.5F * u - 1.5F;
  }
  for (auto& label : samples.labels) label = static_cast<std::uint8_t>(random_below(key, index++, classes));
  return samples;
}

/// Parameters that no initialiser would draw: biases are not zero either.
template <class T>
void fill_parameters(BasicNetwork<T>& network, std::uint64_t seed) {
  const RandomKey key{.seed = seed, .step = 1};
  std::uint32_t index = 0;
  for (auto& value : network.parameters()) value = static_cast<T>(0.6 * random_normal(key, index++));
}

/// |a - b| / (|a| + |b|), as vectors.
template <class A, class B>
double relative_norm(const A& a, const B& b) {
  double difference = 0;
  double a2 = 0;
  double b2 = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += std::pow(static_cast<double>(a[i]) - b[i], 2);
    a2 += std::pow(static_cast<double>(a[i]), 2);
    b2 += std::pow(static_cast<double>(b[i]), 2);
  }
  return difference == 0 ? 0 : std::sqrt(difference) / (std::sqrt(a2) + std::sqrt(b2));
}

/// A network in training, with all that a step needs.
class Training {
 public:
  Training(std::string_view model, const LossSpec& loss, const OptimizerSpec& optimizer, std::size_t max_rows,
           std::size_t threads = 1, Target target = default_target())
      : network_(parse_model(model)),
        compute_(threads, target),
        workspace_(network_.make_workspace(max_rows)),
        loss_(make_loss<float>(loss)),
        gradients_(network_.parameters().size()),
        optimizer_(optimizer, network_.parameter_infos(), 1000) {
    network_.initialise({}, 5);
  }

  float step(const Samples<float>& batch) {
    const auto outputs = network_.forward(batch.view(), workspace_, compute_, Mode::train);
    const float loss = loss_->evaluate(outputs, batch.labels, workspace_.output_gradient(), compute_);
    network_.backward(workspace_, compute_, gradients_);
    optimizer_.step(step_++, network_.parameters(), gradients_, compute_);
    return loss;
  }

  Network& network() { return network_; }
  std::span<const float> gradients() const { return gradients_; }

 private:
  Network network_;
  Compute compute_;
  Workspace workspace_;
  std::unique_ptr<Loss> loss_;
  AlignedVector<float> gradients_;
  Optimizer optimizer_;
  std::uint64_t step_ = 0;
};

/// The weights' hash after `steps` steps of plain gradient descent on made-up samples: each by
/// one pass (`fused`), or by backward() and an optimizer.
inline std::string weights_after_descent(Network& network, const LossSpec& loss_spec, std::size_t batch,
                                         std::uint64_t steps, bool raw_hidden_error, bool fused,
                                         const Compute& compute) {
  const OptimizerSpec spec = {.kind = OptimizerSpec::Kind::sgd, .learning_rate = 0.1F, .l2 = 0.01F};
  auto workspace = network.make_workspace(batch);
  const auto loss = make_loss<float>(loss_spec);
  Optimizer optimizer(spec, network.parameter_infos(), steps);
  std::vector<float> gradients(network.parameters().size());
  for (std::uint64_t step = 0; step < steps; ++step) {
    const auto samples = random_samples<float>(batch, network.inputs(), network.outputs(), step);
    const auto outputs = network.forward(samples.view(), workspace, compute, Mode::train);
    loss->evaluate(outputs, samples.labels, workspace.output_gradient(), compute);
    Passes<float> passes(network, workspace, compute);
    if (fused) {
      const kernels::Descent<float> descent{spec.learning_rate, spec.l2};
      passes.backward(gradients, raw_hidden_error, &descent, network.parameters());
    } else {
      passes.backward(gradients, raw_hidden_error);
      optimizer.step(step, network.parameters(), gradients, compute);
    }
  }
  return weights_sha256(network);
}

}  // namespace scrawl::test
