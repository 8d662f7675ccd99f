#pragma once

#include <cstdint>

#pragma GCC visibility push(default)
namespace scrawl {

/// Bounds on what a compressed file may unfold to, so that a small file cannot fill the memory. The ratio
/// counts only above `free_bytes`: small files may shrink as far as the format allows (about a thousandfold).
struct UnpackLimits {
  std::uint64_t most_bytes = std::uint64_t{1} << 32;
  std::uint64_t most_ratio = 250;
  std::uint64_t free_bytes = std::uint64_t{1} << 24;

  bool operator==(const UnpackLimits&) const = default;
};

/// How many bytes `packed` bytes may become.
std::uint64_t most_unpacked(std::uint64_t packed, const UnpackLimits& limits);

}  // namespace scrawl
#pragma GCC visibility pop
