#pragma once

#include <cstdint>

#include <CLI/CLI.hpp>

/// What numeric options take. CLI11's own checks let NaN pass, and infinities; these refuse with one
/// sentence.
namespace scrawl::tool {

/// A whole number, low <= x <= high.
CLI::Validator whole_number(std::uint64_t low, std::uint64_t high);

/// A finite number, low <= x <= high.
CLI::Validator number(double low, double high);

/// A finite number, 0 < x <= high.
CLI::Validator positive_number(double high);

}  // namespace scrawl::tool
