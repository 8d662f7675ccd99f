#pragma once

#include "scrawl/exchange.h"

#include "formats/tensor.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scrawl {

enum class ArrayRole { unknown, weight, bias, mean, variance };

/// What an array's name says.
struct NameMeaning {
  ArrayRole role = ArrayRole::unknown;
  std::string key = {};  ///< what the arrays of one layer share
  std::optional<WeightOrder> order = {};
  std::optional<WeightOrder> convolution_order = {};
};

/// `0.weight`, `hidden/kernel`, `W1`, `params.b2`, `1.running_mean`, `norm/gamma`, `beta1` and the like;
/// unknown for other names.
NameMeaning meaning_of(std::string_view name);

/// Keeps of a checkpoint the arrays of one network with `layers` layers that have some, and removes what else
/// training puts there: the optimizer's state, counters, and other dictionaries. Returns a line that says
/// what was left out, or "". Leaves arrays alone whose names tell nothing.
///
/// Throws Error(bad_data) that names `file` where two dictionaries hold such a network each.
std::string keep_state_dict(std::vector<Tensor>& arrays, std::size_t layers, const std::string& file);

}  // namespace scrawl
