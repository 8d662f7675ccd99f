#pragma once

#include "scrawl/network.h"

#include <cstddef>
#include <string>
#include <vector>

namespace scrawl {

/// An array of a network's state and its name in files: "1.running_mean" and "1.running_var" of a batch
/// normalisation, as in PyTorch; "1.state" of a custom layer.
struct StateInfo {
  std::string name;
  std::vector<std::size_t> shape;
  std::size_t offset = 0;

  std::size_t size() const { return shape[0]; }
  bool is_variance() const { return name.ends_with(".running_var"); }
};

std::vector<StateInfo> state_infos(const ModelSpec& spec);

std::vector<float> copy_state(const Network& network, const StateInfo& info);

/// The parameters and the state of a batch normalisation, per channel.
struct NormArrays {
  std::vector<float> weight;
  std::vector<float> bias;
  std::vector<float> mean;
  std::vector<float> variance;
};

NormArrays norm_arrays(const Network& network, std::size_t layer);  ///< REQUIRES a BatchNorm

}  // namespace scrawl
