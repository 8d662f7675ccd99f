#pragma once

#include "scrawl/network.h"

#include <string>
#include <vector>

namespace scrawl {

/// Makes the network compute what it would if, in recognition, each Dropout multiplied by 1 - rate, as
/// Hinton et al. (2012) had it: the factor goes into the weights of the next dense layer or convolution where
/// nothing but ReLU, leaky ReLU, pooling and the like stands between, otherwise into the weights and biases
/// of the one before. Returns a line for each Dropout. Throws Error(invalid_argument) that names `file` for a
/// network without Dropout, and where neither is possible.
std::vector<std::string> fold_dropout_scaling(Network& network, const std::string& file);

}  // namespace scrawl
