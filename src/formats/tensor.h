#pragma once

#include "base/files.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scrawl {

/// A named array, what most formats consist of. `data` holds its values in C order, little-endian.
struct Tensor {
  std::string name;
  std::string dtype;  ///< "F32", "F64", "U8", "I64" ... as safetensors spells them
  std::vector<std::size_t> shape;
  Bytes data;
  std::vector<std::string> texts = {};  ///< of type "TEXT": at most 256, whose places the values are
};

/// The same, borrowing the values.
struct TensorView {
  std::string name;
  std::string dtype;
  std::vector<std::size_t> shape;
  std::span<const std::byte> data;
  std::span<const std::string> texts = {};
};

TensorView view(const Tensor& tensor);

/// Bytes of one value: 1, 2, 4 or 8; 0 for an unknown type. Known are BOOL, U8, I8, F8_E5M2, F8_E4M3, U16,
/// I16, F16, BF16, U32, I32, F32, U64, I64, F64, and TEXT (texts of NumPy, which to_floats refuses).
std::size_t dtype_size(std::string_view dtype);

/// Bytes of `value_size` for each value of this shape; nullopt where they do not fit into size_t.
std::optional<std::size_t> array_size(std::span<const std::size_t> shape, std::size_t value_size);

/// Bytes of a tensor; nullopt where they do not fit into size_t. REQUIRES a known type.
std::optional<std::size_t> tensor_size(std::string_view dtype, std::span<const std::size_t> shape);

/// The product of the lengths; nullopt where it does not fit into size_t.
std::optional<std::size_t> count_values(std::span<const std::size_t> shape);

/// "(100, 784)", as NumPy and PyTorch print it; "(3,)" and "()" too.
std::string shape_text(std::span<const std::size_t> shape);

/// The values as float32, rounded where they have more digits: from F16, BF16, F32, F64, BOOL and whole
/// numbers. Throws Error(unsupported) that names `file` and the tensor for other types. What is not finite
/// stays so. REQUIRES data of the size that type and shape say.
std::vector<float> to_floats(const TensorView& tensor, const std::string& file);

}  // namespace scrawl
