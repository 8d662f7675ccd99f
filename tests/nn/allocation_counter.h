#pragma once

#include <cstddef>

namespace scrawl::test {

/// How often this program has allocated memory, on all its threads: allocation_counter.cpp replaces operator
/// new.
std::size_t allocations();

}  // namespace scrawl::test
