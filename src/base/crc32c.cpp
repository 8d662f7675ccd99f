#include "base/crc32c.h"

#include <array>

namespace scrawl {
namespace {

constexpr std::uint32_t polynomial = 0x82f63b78;  // 0x1edc6f41 with its bits in reverse

/// The remainder of each byte.
constexpr std::array<std::uint32_t, 256> remainders = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit)
      remainder = (remainder & 1) ? (remainder >> 1) ^ polynomial : remainder >> 1;
    table[byte] = remainder;
  }
  return table;
}();

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> bytes) {
  std::uint32_t sum = 0xffffffff;
  for (const auto byte : bytes)
    sum = (sum >> 8) ^ remainders[(sum ^ std::to_integer<std::uint32_t>(byte)) & 0xff];
  return ~sum;
}

}  // namespace scrawl
