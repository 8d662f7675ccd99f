#include "scrawl/error.h"

#include <algorithm>
#include <limits>

namespace scrawl {

const char* version() { return SCRAWL_VERSION; }

std::uint64_t most_unpacked(std::uint64_t packed, const UnpackLimits& limits) {
  // One below the largest number, so that one more can still be counted.
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max() - 1;
  const std::uint64_t by_ratio =
      limits.most_ratio > 0 && packed > most / limits.most_ratio ? most : packed * limits.most_ratio;
  return std::min({most, limits.most_bytes, std::max(by_ratio, limits.free_bytes)});
}

}  // namespace scrawl
