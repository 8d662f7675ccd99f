#include "formats/array_layout.h"

#include "formats/tensor.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <vector>

namespace scrawl {
namespace {

/// One dimension of more than one value; `stride` counts values between neighbours in Fortran order.
struct Dimension {
  std::size_t length;
  std::size_t stride;
};

/// Dimensions of length 1 move nothing. Without them every carry below is paid for by a step.
std::vector<Dimension> fortran_dimensions(std::span<const std::size_t> shape) {
  std::vector<Dimension> dimensions;
  std::size_t stride = 1;
  for (const std::size_t length : shape) {
    if (length > 1) dimensions.push_back({length, stride});
    stride *= length;
  }
  return dimensions;
}

/// The output is filled from its start to its end, one run of the last index after the other.
template <std::size_t size>
void from_fortran(const std::byte* values, std::span<const Dimension> dimensions, Bytes& result) {
  const Dimension last = dimensions.back();
  const auto outer = dimensions.first(dimensions.size() - 1);
  std::vector<std::size_t> index(outer.size());
  std::size_t start = 0;
  for (std::byte* out = result.data(); out != result.data() + result.size();) {
    for (std::size_t i = 0; i < last.length; ++i, out += size)
      std::memcpy(out, values + (start + i * last.stride) * size, size);
    for (std::size_t d = outer.size(); d-- > 0;) {
      start += outer[d].stride;
      if (++index[d] < outer[d].length) break;
      start -= outer[d].length * outer[d].stride;
      index[d] = 0;
    }
  }
}

}  // namespace

Bytes to_c_order(std::span<const std::byte> data, std::size_t value_size, std::span<const std::size_t> shape,
                 bool fortran, bool swap_bytes) {
  assert(count_values(shape) == data.size() / value_size && data.size() % value_size == 0);
  Bytes result;
  const auto dimensions = fortran_dimensions(shape);
  if (!fortran || data.empty() || dimensions.size() < 2) {
    result.assign(data.begin(), data.end());
  } else {
    result.resize(data.size());
    if (value_size == 1) from_fortran<1>(data.data(), dimensions, result);
    if (value_size == 2) from_fortran<2>(data.data(), dimensions, result);
    if (value_size == 4) from_fortran<4>(data.data(), dimensions, result);
    if (value_size == 8) from_fortran<8>(data.data(), dimensions, result);
  }
  if (swap_bytes && value_size > 1)
    for (auto value = result.begin(); value != result.end();) {
      const auto next = value + static_cast<std::ptrdiff_t>(value_size);
      std::reverse(value, next);
      value = next;
    }
  return result;
}

std::string numpy_dtype(std::string_view descr, bool& swap_bytes) {
  swap_bytes = false;
  constexpr std::string_view orders = "<>|=";
  const bool has_order = !descr.empty() && orders.find(descr.front()) != std::string_view::npos;
  const std::string_view kind = descr.substr(has_order ? 1 : 0);
  struct Name {
    std::string_view numpy;
    std::string_view safetensors;
  };
  constexpr Name names[] = {{"f2", "F16"}, {"f4", "F32"}, {"f8", "F64"}, {"i1", "I8"},
                            {"i2", "I16"}, {"i4", "I32"}, {"i8", "I64"}, {"u1", "U8"},
                            {"u2", "U16"}, {"u4", "U32"}, {"u8", "U64"}, {"b1", "BOOL"}};
  for (const Name& name : names) {
    if (name.numpy != kind) continue;
    swap_bytes = descr.front() == '>' && dtype_size(name.safetensors) > 1;
    return std::string(name.safetensors);
  }
  return {};
}

}  // namespace scrawl
