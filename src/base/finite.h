#pragma once

#include <span>

namespace scrawl {

/// Whether no value is infinite or NaN.
bool all_finite(std::span<const float> values);

}  // namespace scrawl
