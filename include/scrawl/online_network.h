#pragma once

#include "scrawl/network.h"

#include <cstddef>
#include <cstdint>
#include <span>

#pragma GCC visibility push(default)
namespace scrawl {

/// The network of "Make your own neural network" (Rashid 2016): inputs > dense hidden without bias > sigmoid
/// > dense outputs without bias > sigmoid.
class OnlineNetwork {
 public:
  OnlineNetwork(std::size_t inputs, std::size_t hidden, std::size_t outputs, float learning_rate,
                std::uint64_t seed = 1, HiddenError hidden_error = HiddenError::raw);

  /// One step of gradient descent on 1/2 sum (output - target)^2; returns this error from before the step.
  /// Throws Error(invalid_argument) for wrong lengths.
  float train(std::span<const float> inputs, std::span<const float> targets);

  /// The outputs for one image, each in (0, 1); valid until the next call.
  std::span<const float> query(std::span<const float> inputs);

  Network& network() { return network_; }

 private:
  std::span<const float> run(std::span<const float> inputs, Mode mode);

  Network network_;
  Compute compute_;
  Workspace workspace_;
  AlignedVector<float> gradients_;
  float learning_rate_;
  HiddenError hidden_error_;
};

}  // namespace scrawl
#pragma GCC visibility pop
