#pragma once

// For main programs: the version, cleaning up after signals, limits for compressed files.

#include <cstdint>

#pragma GCC visibility push(default)
namespace scrawl {

/// This library's version, such as "0.2.0".
const char* version();

/// On SIGINT, SIGTERM and SIGHUP, ends the programs that the library has started and removes its unfinished
/// files and temporary folders before the process ends as usual. A signal that is ignored, as by nohup, or
/// that has a handler is not changed. Call it from a program's main; the library itself never changes a
/// signal's effect.
void clean_up_on_signals();

/// Limits on the unpacked size of a compressed file, so that a small file cannot fill the memory. The ratio
/// applies only above `free_bytes`: small files may be compressed as far as the format allows (about a
/// thousandfold).
struct UnpackLimits {
  std::uint64_t most_bytes = std::uint64_t{1} << 32;
  std::uint64_t most_ratio = 250;
  std::uint64_t free_bytes = std::uint64_t{1} << 24;

  bool operator==(const UnpackLimits&) const = default;
};

/// The largest allowed unpacked size of `packed` bytes.
std::uint64_t most_unpacked(std::uint64_t packed, const UnpackLimits& limits);

}  // namespace scrawl
#pragma GCC visibility pop
