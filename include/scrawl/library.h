#pragma once

// For main programs: the version, cleaning up after signals, limits for compressed files.

#include <cstdint>

#pragma GCC visibility push(default)
namespace scrawl {

const char* version();  ///< such as "0.2.0"

/// On SIGINT, SIGTERM and SIGHUP, ends the programs that the library has started and removes its unfinished
/// files and temporary folders before the process ends as usual. Signals that are ignored, as by nohup, or
/// have a handler do not change. Call it from main; the library itself never changes a signal's effect.
void clean_up_on_signals();

/// Limits on the unpacked size of a compressed file, to protect the memory. The ratio applies only above
/// `free_bytes`: small files may be compressed as far as the format allows (about a thousandfold).
struct UnpackLimits {
  std::uint64_t most_bytes = std::uint64_t{1} << 32;
  std::uint64_t most_ratio = 250;
  std::uint64_t free_bytes = std::uint64_t{1} << 24;

  bool operator==(const UnpackLimits&) const = default;
};

std::uint64_t most_unpacked(std::uint64_t packed, const UnpackLimits& limits);  ///< for `packed` bytes

}  // namespace scrawl
#pragma GCC visibility pop
