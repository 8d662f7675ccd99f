#pragma once

#include "base/files.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace scrawl {

/// The values of an array in C order and little-endian, as a Tensor holds them.
/// `data` are its values of `value_size` bytes each (1, 2, 4 or 8) for this shape: in Fortran order (the
/// first index runs fastest) if `fortran`, else in C order; big-endian if `swap_bytes`. Any rank, linear
/// time. REQUIRES data.size() == value_size * the product of the lengths. Allocates the result and little
/// else.
Bytes to_c_order(std::span<const std::byte> data, std::size_t value_size, std::span<const std::size_t> shape,
                 bool fortran, bool swap_bytes);

/// The safetensors name of a NumPy type such as "<f4", ">i8", "|u1" or "f4" (F32, I64, U8, F32), or "" for
/// all others (complex, text, time, objects, structures). `swap_bytes` tells whether the values are
/// big-endian.
std::string numpy_dtype(std::string_view descr, bool& swap_bytes);

}  // namespace scrawl
