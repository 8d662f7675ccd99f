#include "scrawl/online_network.h"

#include "scrawl/error.h"
#include "scrawl/loss.h"

#include <string>

namespace scrawl {
namespace {

ModelSpec rashid(std::size_t inputs, std::size_t hidden, std::size_t outputs) {
  return {.input = {1, 1, inputs},
          .layers = {Dense{.outputs = hidden, .bias = false}, Sigmoid{},
                     Dense{.outputs = outputs, .bias = false}, Sigmoid{}}};
}

void check_length(const char* what, std::size_t given, std::size_t expected) {
  if (given != expected)
    throw Error(ErrorCode::invalid_argument, "the network takes " + std::to_string(expected) + " " + what +
                                                 ", not " + std::to_string(given));
}

}  // namespace

OnlineNetwork::OnlineNetwork(std::size_t inputs, std::size_t hidden, std::size_t outputs, float learning_rate,
                             std::uint64_t seed, HiddenError hidden_error)
    : network_(rashid(inputs, hidden, outputs)),
      workspace_(network_.make_workspace(1)),
      gradients_(network_.parameters().size()),
      learning_rate_(learning_rate),
      hidden_error_(hidden_error) {
  network_.initialise({.kind = Initialiser::Kind::fan_out}, seed);
}

std::span<const float> OnlineNetwork::run(std::span<const float> inputs, Mode mode) {
  check_length("inputs", inputs.size(), network_.inputs());
  return network_.forward({inputs.data(), 1, inputs.size()}, workspace_, compute_, mode).row(0);
}

float OnlineNetwork::train(std::span<const float> inputs, std::span<const float> targets) {
  check_length("targets", targets.size(), network_.outputs());
  const auto output = run(inputs, Mode::train);
  const float error = squared_error<float>(output, targets, workspace_.output_gradient().row(0));
  network_.descend(workspace_, compute_, gradients_, learning_rate_, 0, hidden_error_);
  return error;
}

std::span<const float> OnlineNetwork::query(std::span<const float> inputs) {
  return run(inputs, Mode::predict);
}

}  // namespace scrawl
