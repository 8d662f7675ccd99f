#pragma once

#include "kernels/kernels.h"

#include <cstddef>
#include <cstdint>

namespace scrawl::kernels::reference {

inline void transpose_bytes(std::size_t count, std::size_t first, std::size_t end,
                            const std::uint8_t* const* images, std::uint8_t* out) {
  const std::size_t stride = byte_stride_for(count);
  for (std::size_t p = first; p < end; ++p)
    for (std::size_t r = 0; r < stride; ++r)
      out[(p - first) * stride + r] = r < count ? images[r][p] : std::uint8_t{0};
}

inline PackedPixels pack_pixels(std::size_t pixels, const std::uint8_t* bytes, std::uint32_t* packed) {
  PackedPixels list;
  for (std::size_t p = 0; p < pixels; ++p) {
    if (bytes[p] == 0) continue;
    packed[list.count++] = static_cast<std::uint32_t>(p) | std::uint32_t{bytes[p]} << 16;
    list.sum += bytes[p];
  }
  return list;
}

}  // namespace scrawl::kernels::reference
