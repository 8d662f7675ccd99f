#pragma once

#include <cstdint>

#include <CLI/CLI.hpp>

/// Checks of numeric options. CLI11's own accept NaN and infinities.
namespace scrawl::tool {

/// A whole number, low <= x <= high.
CLI::Validator whole_number(std::uint64_t low, std::uint64_t high);

/// A finite number, low <= x <= high.
CLI::Validator number(double low, double high);

/// A finite number, 0 < x <= high.
CLI::Validator positive_number(double high);

}  // namespace scrawl::tool
