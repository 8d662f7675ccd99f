#include "formats/tensor.h"

#include "scrawl/error.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>

static_assert(std::endian::native == std::endian::little, "tensors are little-endian");

namespace scrawl {
namespace {

/// IEEE 754 binary16. Every value is exact in float32.
struct Half {
  std::uint16_t bits;
  explicit operator float() const {
    const std::uint32_t sign = std::uint32_t{bits & 0x8000U} << 16;
    const std::uint32_t exponent = (bits >> 10) & 31U;
    const std::uint32_t fraction = bits & 1023U;
    if (exponent == 0) {  // zero, or a multiple of 2^-24
      const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
      return sign != 0 ? -magnitude : magnitude;
    }
    const std::uint32_t wide = exponent == 31 ? 255 : exponent + 112;
    return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
  }
};

/// The upper half of a float32.
struct BrainFloat {
  std::uint16_t bits;
  explicit operator float() const { return std::bit_cast<float>(std::uint32_t{bits} << 16); }
};

template <class T>
std::vector<float> convert(std::span<const std::byte> data) {
  std::vector<float> values(data.size() / sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    T value;
    std::memcpy(&value, data.data() + i * sizeof(T), sizeof(T));
    values[i] = static_cast<float>(value);
  }
  return values;
}

struct Dtype {
  std::string_view name;
  std::size_t bytes;
  std::vector<float> (*to_floats)(std::span<const std::byte>) = nullptr;
};
constexpr Dtype dtypes[] = {{"BOOL", 1, convert<std::uint8_t>},
                            {"U8", 1, convert<std::uint8_t>},
                            {"I8", 1, convert<std::int8_t>},
                            {"U16", 2, convert<std::uint16_t>},
                            {"I16", 2, convert<std::int16_t>},
                            {"F16", 2, convert<Half>},
                            {"BF16", 2, convert<BrainFloat>},
                            {"U32", 4, convert<std::uint32_t>},
                            {"I32", 4, convert<std::int32_t>},
                            {"F32", 4, convert<float>},
                            {"U64", 8, convert<std::uint64_t>},
                            {"I64", 8, convert<std::int64_t>},
                            {"F64", 8, convert<double>},
                            {"F8_E5M2", 1},
                            {"F8_E4M3", 1},
                            {"TEXT", 1}};

/// Of no bytes for an unknown type.
Dtype find_dtype(std::string_view name) {
  const auto* const at = std::find_if(std::begin(dtypes), std::end(dtypes),
                                      [&](const Dtype& known) { return known.name == name; });
  return at != std::end(dtypes) ? *at : Dtype{name, 0};
}

}  // namespace

TensorView view(const Tensor& tensor) {
  return {tensor.name, tensor.dtype, tensor.shape, tensor.data, tensor.texts};
}

std::size_t dtype_size(std::string_view dtype) { return find_dtype(dtype).bytes; }

std::optional<std::size_t> count_values(std::span<const std::size_t> shape) {
  if (std::find(shape.begin(), shape.end(), std::size_t{0}) != shape.end()) return 0;
  std::size_t count = 1;
  for (const std::size_t length : shape) {
    if (count > std::numeric_limits<std::size_t>::max() / length) return std::nullopt;
    count *= length;
  }
  return count;
}

std::optional<std::size_t> array_size(std::span<const std::size_t> shape, std::size_t value_size) {
  const auto count = count_values(shape);
  if (!count || *count > std::numeric_limits<std::size_t>::max() / value_size) return std::nullopt;
  return *count * value_size;
}

std::optional<std::size_t> tensor_size(std::string_view dtype, std::span<const std::size_t> shape) {
  return array_size(shape, dtype_size(dtype));
}

std::string shape_text(std::span<const std::size_t> shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

std::vector<float> to_floats(const TensorView& tensor, const std::string& file) {
  const auto convert_all = find_dtype(tensor.dtype).to_floats;
  if (tensor.dtype == "TEXT")
    throw Error(ErrorCode::unsupported,
                "array '" + tensor.name +
                    "' holds texts, and numbers are needed; if they are numbers as texts, save "
                    "array.astype('float32')",
                file);
  if (convert_all == nullptr)
    throw Error(ErrorCode::unsupported,
                "array '" + tensor.name + "' is of type " + tensor.dtype +
                    ", which cannot be read; save it as float32",
                file);
  return convert_all(tensor.data);
}

}  // namespace scrawl
