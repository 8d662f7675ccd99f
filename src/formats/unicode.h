#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scrawl {

/// Appends a character as UTF-8; U+FFFD for what is no character.
void append_utf8(std::string& text, std::uint32_t code);

/// The same for any number up to 0x10ffff, even half of a pair, as Python does it in pickles.
void append_code(std::string& text, std::uint32_t code);

/// The characters of a text; nothing where it is not UTF-8.
std::optional<std::vector<std::uint32_t>> from_utf8(std::string_view text);

/// Whether the text begins with the byte-order mark of UTF-16.
bool is_utf16(std::string_view text);
/// UTF-16 with its byte-order mark as UTF-8. What is no character becomes U+FFFD; an odd last byte is left
/// out. At most one and a half times as long.
std::string from_utf16(std::string_view text);

}  // namespace scrawl
