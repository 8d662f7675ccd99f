#pragma once

#include <cstddef>
#include <cstdint>

namespace scrawl::kernels::reference {

template <class T>
std::size_t list_pixels(std::size_t pixels, const std::uint8_t* bytes, const T* value_of_byte,
                        std::uint32_t* places, T* values) {
  std::size_t count = 0;
  for (std::size_t p = 0; p < pixels; ++p) {
    if (bytes[p] == 0) continue;
    places[count] = static_cast<std::uint32_t>(p);
    values[count++] = value_of_byte[bytes[p]];
  }
  return count;
}

}  // namespace scrawl::kernels::reference
