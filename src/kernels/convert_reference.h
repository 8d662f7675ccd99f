#pragma once

#include "kernels/elementary.h"
#include "kernels/kernels.h"

#include <cstddef>
#include <cstdint>

namespace scrawl::kernels::reference {

template <class T>
void scale_bytes(std::size_t n, const ByteScale& scale, const std::uint8_t* bytes, T* out) {
  for (std::size_t i = 0; i < n; ++i)
    out[i] = mul_add(static_cast<T>(bytes[i]) / T{scale.divisor}, T{scale.factor}, T{scale.offset});
}

}  // namespace scrawl::kernels::reference
