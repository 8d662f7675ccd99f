#include "formats/unicode.h"

#include "base/utf8.h"

#include <cstddef>

namespace scrawl {
namespace {

constexpr std::uint32_t replacement = 0xfffd;

bool is_character(std::uint32_t code) { return code < 0xd800 || (code >= 0xe000 && code <= 0x10ffff); }

}  // namespace

void append_utf8(std::string& text, std::uint32_t code) {
  append_code(text, is_character(code) ? code : replacement);
}

void append_code(std::string& text, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xc0U | code >> 6);
  } else {
    put(code < 0x10000 ? 0xe0U | code >> 12 : 0xf0U | code >> 18);
    if (code >= 0x10000) put(0x80U | (code >> 12 & 0x3fU));
    put(0x80U | (code >> 6 & 0x3fU));
  }
  put(0x80U | (code & 0x3fU));
}

std::optional<std::vector<std::uint32_t>> from_utf8(std::string_view text) {
  std::vector<std::uint32_t> codes;
  while (!text.empty()) {
    const auto [size, code] = first_character(text);
    if (size == 0) return {};
    codes.push_back(code);
    text.remove_prefix(size);
  }
  return codes;
}

bool is_utf16(std::string_view text) { return text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"); }

std::string from_utf16(std::string_view text) {
  const std::size_t high = text.starts_with('\xfe') ? 0 : 1;
  const auto unit = [&](std::size_t at) {
    const auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(text[i])}; };
    return byte(at + high) << 8 | byte(at + 1 - high);
  };
  std::string utf8;
  utf8.reserve(text.size() / 2);
  for (std::size_t at = 2; at + 1 < text.size(); at += 2) {
    std::uint32_t code = unit(at);
    if (code >= 0xd800 && code < 0xe000) {  // half of a pair
      const std::uint32_t next = code < 0xdc00 && at + 3 < text.size() ? unit(at + 2) : 0;
      const bool is_pair = next >= 0xdc00 && next < 0xe000;
      code = is_pair ? 0x10000 + ((code - 0xd800) << 10) + (next - 0xdc00) : replacement;
      if (is_pair) at += 2;
    }
    append_utf8(utf8, code);
  }
  return utf8;
}

}  // namespace scrawl
