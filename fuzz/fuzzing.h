#pragma once

#include "scrawl/error.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

/// What the fuzz targets share. Each target hands arbitrary bytes to one reader, which may answer with a
/// result or with an Error that names the file. Anything else, be it a crash, another exception, a
/// sanitizer's finding, too much time or too much memory, is a bug.
namespace scrawl::fuzz {

constexpr const char* file_name = "INPUT";

inline std::span<const std::byte> as_bytes(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const std::byte*>(data), size};
}

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Runs one reader on one input; always returns 0, as libFuzzer wants it.
template <class Reader>
int run(const Reader& reader) {
  try {
    reader();
  } catch (const Error& error) {
    if (std::string_view(error.what()).find(file_name) == std::string_view::npos) std::abort();
  }
  return 0;
}

}  // namespace scrawl::fuzz
