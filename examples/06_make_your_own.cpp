// The network of "Make your own neural network" (Rashid 2016) with its three operations: build, train on one
// sample, query one image. Its update of the first layer is the author's, not the gradient;
// docs/systems/sigmoid-mse.md explains the difference.

#include "scrawl/scrawl.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <span>
#include <vector>

using namespace scrawl;

namespace {

class OnlineNetwork {
 public:
  OnlineNetwork(std::size_t inputs, std::size_t hidden, std::size_t outputs, float learning_rate)
      : network_({.input = {1, 1, inputs},
                  .layers = {Dense{.outputs = hidden, .bias = false}, Sigmoid{},
                             Dense{.outputs = outputs, .bias = false}, Sigmoid{}}}),
        workspace_(network_.make_workspace(1)),
        learning_rate_(learning_rate) {
    network_.initialise({.kind = Initialiser::Kind::fan_out}, /*seed=*/1);
  }

  /// The outputs for one image, each in (0, 1); valid until the next call.
  std::span<const float> query(std::span<const float> inputs) {
    return network_.predict({inputs.data(), 1, inputs.size()}, workspace_, compute_).row(0);
  }

  /// One step on one sample.
  void train(std::span<const float> inputs, std::span<const float> targets) {
    const auto outputs = query(inputs);
    const auto hidden = workspace_.layer_output(1).row(0);
    // Weights are stored as (inputs, outputs): those of one input are contiguous.
    float* const first = network_.parameters().data();
    float* const second = first + inputs.size() * hidden.size();

    std::vector<float> hidden_steps(hidden.size());
    for (std::size_t j = 0; j < hidden.size(); ++j) {
      float* const weights = second + j * outputs.size();
      float error = 0;  // of the hidden node: the errors of the outputs, divided along the weights
      for (std::size_t k = 0; k < outputs.size(); ++k) {
        const float output_error = targets[k] - outputs[k];
        error += weights[k] * output_error;
        weights[k] += learning_rate_ * output_error * outputs[k] * (1 - outputs[k]) * hidden[j];
      }
      hidden_steps[j] = learning_rate_ * error * hidden[j] * (1 - hidden[j]);
    }
    for (std::size_t i = 0; i < inputs.size(); ++i)
      for (std::size_t j = 0; j < hidden.size(); ++j)
        first[i * hidden.size() + j] += hidden_steps[j] * inputs[i];
  }

 private:
  Network network_;
  Compute compute_;
  Workspace workspace_;
  float learning_rate_;
};

}  // namespace

int main() try {
  const Dataset train = load_dataset("mnist", Part::train, /*download=*/true);
  const Dataset test = load_dataset("mnist", Part::test, /*download=*/true);
  const Preprocessing scale = {.factor = 0.99F, .offset = 0.01F};  // pixels become 0.01..1

  OnlineNetwork network(784, 100, 10, 0.1F);  // build: inputs, hidden, outputs, learning rate

  // One image at a time, in the order of the file.
  DataLoader samples(train.view(), {.preprocessing = scale});
  for (const Batch& batch : samples) {  // one epoch
    std::array<float, 10> target;
    target.fill(0.01F);
    target[batch.labels[0]] = 0.99F;
    network.train(batch.images.row(0), target);  // train on one sample
  }

  std::size_t correct = 0;
  DataLoader questions(test.view(), {.batch_size = 100, .preprocessing = scale});
  for (const Batch& batch : questions)
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const auto answer = network.query(batch.images.row(i));  // query one image
      const auto digit = std::max_element(answer.begin(), answer.end()) - answer.begin();
      correct += digit == batch.labels[i] ? 1 : 0;
    }
  std::printf("test accuracy %.2f %%\n",
              100 * static_cast<double>(correct) / static_cast<double>(test.size()));
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "06_make_your_own: %s\n", error.what());
  return 1;
}
