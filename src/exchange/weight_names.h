#pragma once

#include "scrawl/exchange.h"

#include <optional>
#include <string>
#include <string_view>

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

/// The text with its numbers left out: the same for the layers of one list.
std::string skeleton(std::string text);

}  // namespace scrawl
