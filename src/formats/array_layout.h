#pragma once

#include "base/files.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace scrawl {

/// The values of an array in C order and little-endian, as a Tensor holds them. `data` has values of
/// `value_size` bytes (1, 2, 4 or 8), in Fortran order (first index fastest) if `fortran`, big-endian if
/// `swap_bytes`. Linear time for any rank. REQUIRES data.size() == value_size * the product of the lengths.
Bytes to_c_order(std::span<const std::byte> data, std::size_t value_size, std::span<const std::size_t> shape,
                 bool fortran, bool swap_bytes);

/// The safetensors name (F32, I64 ...) of a NumPy type such as "<f4", ">i8", "|u1" or "f4"; "" for others.
/// `swap_bytes` tells whether the values are big-endian.
std::string numpy_dtype(std::string_view descr, bool& swap_bytes);

}  // namespace scrawl
