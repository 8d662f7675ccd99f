#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

namespace scrawl {

/// The class with the largest output, the first one if several are equal.
inline std::uint8_t largest(std::span<const float> outputs) {
  return static_cast<std::uint8_t>(std::max_element(outputs.begin(), outputs.end()) - outputs.begin());
}

}  // namespace scrawl
