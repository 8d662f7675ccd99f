#pragma once

#include "kernels/elementary.h"
#include "kernels/kernels.h"

#include <cstddef>
#include <cstdint>

namespace scrawl::kernels::reference {

inline std::size_t list_bytes(std::size_t n, const std::uint8_t* a, const std::uint8_t* b,
                              std::uint32_t* list) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint32_t values = a[i] * 256U + (b ? b[i] : 0U);
    if (values != 0) list[count++] = static_cast<std::uint32_t>(i) << 16U | values;
  }
  return count;
}

template <class T>
std::size_t list_nonzero(std::size_t n, const T* x, const T* y, std::uint32_t* list) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < n; ++i)
    if (x[i] != T{0} || (y && y[i] != T{0})) list[count++] = static_cast<std::uint32_t>(i);
  return count;
}

template <class T>
void listed_gemm(const ListedGemm<T>& g) {
  for (std::size_t r = 0; r < g.rows; ++r) {
    T* c = g.c + r * g.c_stride;
    for (std::size_t n = 0; n < g.columns; ++n) c[n] = g.bias[n];
    for (const std::uint32_t* entry = g.lists + r / 2 * g.list_stride; *entry != list_end; ++entry) {
      const std::size_t place = g.x ? *entry : *entry >> 16U;
      const std::uint32_t byte = (r % 2 == 0 ? *entry >> 8U : *entry) & 0xffU;
      const T x = g.x ? g.x[r * g.x_stride + place] : static_cast<T>(byte);
      for (std::size_t n = 0; n < g.columns; ++n) c[n] = mul_add(x, g.w[place * g.columns + n], c[n]);
    }
  }
}

template <class T>
void narrow_gemm(const Gemm<T>& g) {
  for (std::size_t r = 0; r < g.rows; ++r) {
    for (std::size_t n = 0; n < narrow_columns; ++n) {
      T sums[narrow_chains] = {g.bias[n]};
      for (std::size_t k = 0; k < g.depth; ++k)
        sums[k % narrow_chains] =
            mul_add(g.a[r * g.a_row_stride + k], g.b[k * narrow_columns + n], sums[k % narrow_chains]);
      g.c[r * g.c_stride + n] = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    }
  }
}

}  // namespace scrawl::kernels::reference
