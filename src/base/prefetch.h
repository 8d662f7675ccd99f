#pragma once

#include <cstddef>

namespace scrawl {

constexpr std::size_t cache_line = 64;

/// Asks the memory for `count` values that will be needed soon. Reads nothing.
template <class T>
void prefetch([[maybe_unused]] const T* values, [[maybe_unused]] std::size_t count) {
#if defined(__GNUC__)
  constexpr std::size_t step = cache_line / sizeof(T);
  for (std::size_t i = 0; i < count; i += step) __builtin_prefetch(values + i);
#endif
}

}  // namespace scrawl
