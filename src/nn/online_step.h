#pragma once

#include "scrawl/loss.h"
#include "scrawl/network.h"
#include "scrawl/optimizer.h"

#include "kernels/online.h"
#include "nn/pixel_lists.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace scrawl {

/// Plain gradient descent on one image a step, for chains of dense layers with an activation or none behind
/// each. It trains a copy of the parameters in a layout of its own: the first layer leaves out the pixels of
/// the background, and its weight decay is one factor for all weights.
///
/// Up to rounding the same as Network::forward and descend. The bits are a function of the parameters at the
/// start, the images and the settings of the steps alone; looking at the parameters changes nothing.
class OnlineStep {
 public:
  /// Whether this class can train such a model with such an optimizer, one image a step, with advantage.
  static bool suits(const ModelSpec& model, const OptimizerSpec& optimizer);

  /// Begins with the network's parameters. `background` is what most pixels are.
  /// REQUIRES suits(network.spec(), ...).
  OnlineStep(const Network& network, float background, float l2, bool raw_hidden_error);

  struct Sample {
    PixelList list;  ///< from PixelLists, with the same background
    std::uint8_t label = 0;
    PixelList next = {};  ///< of the step after, where it is known: it is fetched meanwhile
  };

  /// Step number `step` (from 0). Returns the loss before it. Allocates nothing.
  float step(std::uint64_t step, const Sample& sample, float learning_rate, const Loss& loss,
             const Compute& compute);

  /// What the last step's forward pass gave: one row.
  MatrixView<const float> output() const;

  /// The parameters as they are now. REQUIRES a network of the same spec.
  void write_parameters(Network& network, const Compute& compute) const;

  /// Of all weights, without the biases. Its order of summation is its own.
  float sum_of_squares(const Compute& compute);

  /// What a checkpoint needs besides the parameters: empty where they say all.
  std::vector<float> state() const;
  std::size_t state_size() const;
  /// Goes on from such parameters and such a state. REQUIRES state.size() == state_size().
  void restore(const Network& network, std::span<const float> state);

 private:
  using Layer = kernels::OnlineLayer<float>;

  Layer& first() { return layers_.front(); }
  const Layer& first() const { return layers_.front(); }
  std::size_t first_size() const { return first().inputs * first().outputs; }
  bool has_background() const { return net_.background != 0; }
  void fold(const Compute& compute);
  void set_first_weights(const float* weights);
  void sum_rows();

  AlignedVector<float> memory_;  // all weights, biases, outputs and errors
  std::vector<Layer> layers_;
  std::vector<std::size_t> places_of_layers_;  // of their parameters in the network
  kernels::OnlineNet<float> net_;
  double scale_ = 1;
  AlignedVector<float> folded_;  // scratch: the first layer's weights
  float l2_;
  bool raw_hidden_error_;
};

}  // namespace scrawl
