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

}  // namespace scrawl::kernels::reference
