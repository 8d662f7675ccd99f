#pragma once

#include "scrawl/compute.h"
#include "scrawl/network.h"

#include <cstdint>
#include <span>
#include <vector>

namespace scrawl {

/// An exponential moving average of a network's parameters and state, as a separate network (Polyak and
/// Juditsky 1992 averaged evenly; with a decay as in torch.optim.swa_utils and timm). It starts with the
/// network's weights. After step t (from 1)
///
///     average <- d * average + (1 - d) * weights,  d = min(decay, (1 + t) / (10 + t)),
///
/// with the warm-up of TensorFlow's ExponentialMovingAverage with num_updates, which forgets the start.
class WeightAverage {
 public:
  WeightAverage(const Network& network, double decay);  ///< REQUIRES 0 <= decay < 1

  /// After step `step` (from 1). Threads do not affect the bits. REQUIRES a network of the same spec.
  void update(std::uint64_t step, const Network& network, const Compute& compute);

  const Network& network() const { return average_; }

  std::vector<float> state() const;  ///< for checkpoints: the averaged parameters, then the averaged state
  std::size_t state_size() const { return average_.parameters().size() + average_.state().size(); }
  void restore(std::span<const float> state);  ///< REQUIRES state.size() == state_size()

 private:
  Network average_;
  double decay_;
};

}  // namespace scrawl
