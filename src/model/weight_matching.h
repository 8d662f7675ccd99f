#pragma once

#include "scrawl/import.h"
#include "scrawl/network.h"

#include "formats/tensor.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace scrawl {

/// Gives the network's layers their weights and biases from named arrays, by the rules of import_model.
/// Returns a line for each layer. Throws Error that names `file`.
std::vector<std::string> assign_weights(Network& network, std::span<const Tensor> arrays,
                                        std::optional<WeightOrder> order, const std::string& file);

}  // namespace scrawl
