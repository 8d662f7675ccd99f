#pragma once

#include "formats/tensor.h"

#include <cstddef>
#include <string>
#include <vector>

namespace scrawl {

/// Keeps of a checkpoint the arrays of one network with `layers` layers that have some, and removes what else
/// training puts there: the optimizer's state, counters, and other dictionaries. Returns a line that says
/// what was left out, or "". Leaves arrays alone whose names tell nothing.
///
/// Throws Error(bad_data) that names `file` where two dictionaries hold such a network each.
std::string keep_state_dict(std::vector<Tensor>& arrays, std::size_t layers, const std::string& file);

}  // namespace scrawl
