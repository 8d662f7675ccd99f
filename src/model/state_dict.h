#pragma once

#include "formats/tensor.h"

#include <cstddef>
#include <string>
#include <vector>

namespace scrawl {

/// Keeps of a checkpoint the weights and biases of one network with `layers` layers, and removes what else
/// training puts there: the optimizer's state, counters, and other dictionaries. Returns a line that says
/// what was left out, or "". Leaves arrays alone whose names tell nothing.
///
/// Throws Error that names `file`: unsupported for batch normalisation, bad_data where two dictionaries hold
/// such a network each.
std::string keep_state_dict(std::vector<Tensor>& arrays, std::size_t layers, const std::string& file);

}  // namespace scrawl
