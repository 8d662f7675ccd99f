#pragma once

#include "base/files.h"
#include "formats/tensor.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scrawl {

/// The values of an array in C order and little-endian, as a Tensor holds them. `data` has values of
/// `value_size` bytes (1, 2, 4 or 8), in Fortran order (first index fastest) if `fortran`, big-endian if
/// `swap_bytes`. Linear time for any rank. REQUIRES data.size() == value_size * the product of the lengths.
Bytes to_c_order(std::span<const std::byte> data, std::size_t value_size, std::span<const std::size_t> shape,
                 bool fortran, bool swap_bytes);

/// The safetensors name (F32, I64 ...) of a NumPy type such as "<f4", ">i8", "|u1" or "f4"; "" for others.
/// `swap_bytes` tells whether the values are big-endian.
std::string numpy_dtype(std::string_view descr, bool& swap_bytes);

/// The other way round: "<f4" for F32; "" for what NumPy does not have.
std::string numpy_descr(std::string_view dtype);

/// A type of NumPy's texts: "<U5" has 5 characters of UTF-32, "|S5" 5 bytes. Both are padded with zeros.
struct NumpyText {
  bool is_unicode = true;
  bool swap_bytes = false;
  std::size_t length = 0;

  std::size_t size() const { return is_unicode ? 4 * length : length; }  ///< bytes of one value
};
/// Nothing for other types, and for texts without a length.
std::optional<NumpyText> numpy_text(std::string_view descr);

/// An array of texts as a Tensor of type TEXT, with its different texts in the order in which they first
/// stand, as UTF-8 where they are of Unicode. Nothing where there are more than 256 of them, which are no
/// class names. REQUIRES type.size() bytes for each value of this shape.
std::optional<Tensor> text_tensor(const NumpyText& type, std::span<const std::byte> values,
                                  std::vector<std::size_t> shape, bool fortran, std::string name);

/// The NumPy type and values of a TEXT tensor: Unicode if all texts are UTF-8, otherwise bytes.
std::pair<std::string, Bytes> encode_texts(const TensorView& tensor);

}  // namespace scrawl
