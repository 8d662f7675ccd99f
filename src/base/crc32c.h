#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace scrawl {

/// The CRC-32C (Castagnoli) checksum of RFC 3720, appendix B.4. Our own, because Debian 12 has no C or C++
/// library for it and zlib's crc32 has another polynomial.
std::uint32_t crc32c(std::span<const std::byte> bytes);

}  // namespace scrawl
