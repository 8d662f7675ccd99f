#include "base/finite.h"

#include <bit>
#include <cstdint>

namespace scrawl {

bool all_finite(std::span<const float> values) {
  // x - x is 0 but for infinity and NaN. Without branches, so that it is vectorised.
  std::uint32_t bits = 0;
  for (const float value : values) bits |= std::bit_cast<std::uint32_t>(value - value);
  return bits == 0;
}

}  // namespace scrawl
