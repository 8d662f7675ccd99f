#pragma once

#include "scrawl/import.h"
#include "scrawl/network.h"

#include "formats/tensor.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace scrawl {

/// Whether arrays lie in a file as its author put them there, or in an order that means nothing.
enum class ArraySequence { as_written, meaningless };

/// Gives the network's layers their weights and biases from named arrays, by the rules of import_model.
/// Returns a line for each layer. Where the sequence is meaningless, layers whose arrays could be exchanged
/// must have numbered names. Throws Error that names `file`.
std::vector<std::string> assign_weights(Network& network, std::span<const Tensor> arrays,
                                        std::optional<WeightOrder> order, const std::string& file,
                                        ArraySequence sequence = ArraySequence::as_written);

}  // namespace scrawl
