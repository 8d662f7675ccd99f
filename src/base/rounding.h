#pragma once

#include <cstddef>

namespace scrawl {

/// n / unit, rounded up.
constexpr std::size_t divided_up(std::size_t n, std::size_t unit) { return (n + unit - 1) / unit; }

/// The least multiple of `unit` that is not below n.
constexpr std::size_t rounded_up(std::size_t n, std::size_t unit) { return divided_up(n, unit) * unit; }

}  // namespace scrawl
