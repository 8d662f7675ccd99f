#include "formats/numpy_text.h"

#include "formats/array_layout.h"
#include "formats/unicode.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <map>

namespace scrawl {
namespace {

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
    text.assign(reinterpret_cast<const char*>(value.data()), value.size());
    text.resize(text.find_last_not_of('\0') + 1);
    return text;
  }
  std::size_t length = type.length;
  while (length > 0 && code_at(value, length - 1, false) == 0) --length;
  for (std::size_t i = 0; i < length; ++i) append_utf8(text, code_at(value, i, type.swap_bytes));
  return text;
}

}  // namespace

std::optional<NumpyText> numpy_text(std::string_view descr) {
  NumpyText type;
  if (descr.starts_with('<') || descr.starts_with('>') || descr.starts_with('|') || descr.starts_with('=')) {
    type.swap_bytes = descr.front() == '>';
    descr.remove_prefix(1);
  }
  if (!descr.starts_with('U') && !descr.starts_with('S')) return std::nullopt;
  type.is_unicode = descr.front() == 'U';
  const char* const end = descr.data() + descr.size();
  const auto [stop, problem] = std::from_chars(descr.data() + 1, end, type.length);
  if (stop != end || problem != std::errc() || type.length == 0 || type.length > most_length)
    return std::nullopt;
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
