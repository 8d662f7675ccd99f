#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace scrawl {

struct Utf8Character {
  std::size_t bytes = 0;  ///< 0 if the text does not begin with well-formed UTF-8
  char32_t code = 0;
};

/// The character that `text` begins with. REQUIRES text that is not empty.
Utf8Character first_character(std::string_view text);

/// "1b"
std::string hex_byte(unsigned char byte);

/// `text` with each byte that is not part of well-formed UTF-8 written as "\\xff", so that JSON can hold it.
std::string as_utf8(std::string_view text);

}  // namespace scrawl
