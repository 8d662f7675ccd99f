#include "formats/array_layout.h"

#include "base/text.h"
#include "formats/unicode.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

namespace scrawl {
namespace {

/// The types of safetensors that NumPy has, and its names for them.
constexpr std::pair<std::string_view, std::string_view> types[] = {
    {"F16", "f2"}, {"F32", "f4"}, {"F64", "f8"}, {"I8", "i1"},  {"I16", "i2"}, {"I32", "i4"},
    {"I64", "i8"}, {"U8", "u1"},  {"U16", "u2"}, {"U32", "u4"}, {"U64", "u8"}, {"BOOL", "b1"}};

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

constexpr std::size_t most_texts = 256;
constexpr std::size_t most_length = std::size_t{1} << 28;

std::uint32_t code_at(std::span<const std::byte> value, std::size_t i, bool swap) {
  std::uint32_t code = 0;
  for (std::size_t b = 0; b < 4; ++b)
    code |= std::to_integer<std::uint32_t>(value[4 * i + b]) << 8 * (swap ? 3 - b : b);
  return code;
}

std::string text_of(const NumpyText& type, std::span<const std::byte> value) {
  std::string text;
  if (!type.is_unicode) {
    text = as_text(value);
    text.resize(text.find_last_not_of('\0') + 1);
    return text;
  }
  std::size_t length = type.length;
  while (length > 0 && code_at(value, length - 1, false) == 0) --length;
  for (std::size_t i = 0; i < length; ++i) append_utf8(text, code_at(value, i, type.swap_bytes));
  return text;
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
  constexpr std::string_view orders = "<>|=";
  const bool has_order = !descr.empty() && orders.find(descr.front()) != descr.npos;
  const std::string_view kind = descr.substr(has_order ? 1 : 0);
  const auto* const type = std::find_if(std::begin(types), std::end(types),
                                        [&](const auto& known) { return known.second == kind; });
  swap_bytes = type != std::end(types) && descr.front() == '>' && dtype_size(type->first) > 1;
  return type != std::end(types) ? std::string(type->first) : "";
}

std::string numpy_descr(std::string_view dtype) {
  const auto* const type = std::find_if(std::begin(types), std::end(types),
                                        [&](const auto& known) { return known.first == dtype; });
  if (type == std::end(types)) return {};
  return (dtype_size(dtype) == 1 ? "|" : "<") + std::string(type->second);
}

std::optional<NumpyText> numpy_text(std::string_view descr) {
  NumpyText type;
  if (descr.find_first_of("<>|=") == 0) {
    type.swap_bytes = descr.front() == '>';
    descr.remove_prefix(1);
  }
  if (!descr.starts_with('U') && !descr.starts_with('S')) return std::nullopt;
  type.is_unicode = descr.front() == 'U';
  type.length = parse_number<std::size_t>(descr.substr(1)).value_or(0);
  if (type.length == 0 || type.length > most_length) return std::nullopt;
  return type;
}

std::optional<Tensor> text_tensor(const NumpyText& type, std::span<const std::byte> values,
                                  std::vector<std::size_t> shape, bool fortran, std::string name) {
  Tensor tensor{.name = std::move(name), .dtype = "TEXT", .shape = std::move(shape), .data = {}};
  const auto count = count_values(tensor.shape).value_or(0);
  Bytes places;
  places.reserve(count);
  tensor.texts.reserve(most_texts);  // so that they stay where they are
  std::map<std::string_view, std::size_t> known;
  for (std::size_t i = 0; i < count; ++i) {
    std::string text = text_of(type, values.subspan(i * type.size(), type.size()));
    auto at = known.find(text);
    if (at == known.end()) {
      if (known.size() == most_texts) return std::nullopt;
      at = known.emplace(tensor.texts.emplace_back(std::move(text)), known.size()).first;
    }
    places.push_back(static_cast<std::byte>(at->second));
  }
  tensor.data = to_c_order(places, 1, tensor.shape, fortran, false);
  return tensor;
}

std::pair<std::string, Bytes> encode_texts(const TensorView& tensor) {
  std::vector<std::vector<std::uint32_t>> unicode;
  for (const auto& text : tensor.texts)
    if (auto codes = from_utf8(text)) unicode.push_back(std::move(*codes));
  const bool is_unicode = unicode.size() == tensor.texts.size();
  std::size_t length = 1;
  for (std::size_t i = 0; i < tensor.texts.size(); ++i)
    length = std::max(length, is_unicode ? unicode[i].size() : tensor.texts[i].size());
  const NumpyText type{.is_unicode = is_unicode, .swap_bytes = false, .length = length};
  Bytes values(tensor.data.size() * type.size());
  for (std::size_t i = 0; i < tensor.data.size(); ++i) {
    const auto place = std::to_integer<std::size_t>(tensor.data[i]);
    const void* const text =
        is_unicode ? static_cast<const void*>(unicode[place].data()) : tensor.texts[place].data();
    const std::size_t size = is_unicode ? 4 * unicode[place].size() : tensor.texts[place].size();
    if (size > 0) std::memcpy(values.data() + i * type.size(), text, size);
  }
  return {(is_unicode ? "<U" : "|S") + std::to_string(length), std::move(values)};
}

}  // namespace scrawl
