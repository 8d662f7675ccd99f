#pragma once

#include "scrawl/exchange.h"
#include "scrawl/network.h"

#include "exchange/weight_groups.h"
#include "formats/tensor.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace scrawl {

/// Whether arrays lie in a file as its author put them there, or in an order that means nothing.
enum class ArraySequence { as_written, meaningless };

/// Which arrays each layer with weights gets. Borrows the arrays.
struct MatchedWeights {
  std::vector<LayerSlot> slots;
  std::vector<ArrayGroup> groups;  ///< one for each slot
  std::string left_out = {};       ///< a line that names arrays which no layer needs, or ""
};

/// Finds the arrays of the model's layers, by the rules of import_model. An array whose name belongs to no
/// layer (or, where no names tell, whose shape fits none) is left out if the others fit exactly. Where the
/// sequence is meaningless, layers whose arrays could be exchanged must have numbered names. Throws Error
/// that names `file`, the layer and the array; allocates nothing of the model's size.
MatchedWeights match_weights(const ModelSpec& spec, std::span<const Tensor> arrays, const std::string& file,
                             ArraySequence sequence = ArraySequence::as_written);

/// Gives the network's layers the weights that match_weights has found for its spec. Returns a line for each
/// layer, and one for what was left out. Throws Error that names `file`.
std::vector<std::string> assign_weights(Network& network, const MatchedWeights& matched,
                                        std::optional<WeightOrder> order, const std::string& file);

/// Makes the network compute what it would if, in recognition, each Dropout multiplied by 1 - rate, as
/// Hinton et al. (2012) had it: the factor goes into the weights of the next dense layer or convolution where
/// nothing but ReLU, leaky ReLU, pooling and the like stands between, otherwise into the weights and biases
/// of the one before. Returns a line for each Dropout. Throws Error(invalid_argument) that names `file` for a
/// network without Dropout, and where neither is possible.
std::vector<std::string> fold_dropout_scaling(Network& network, const std::string& file);

}  // namespace scrawl
