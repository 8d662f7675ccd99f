#include "kernels/kernels.h"

#include <cstddef>
#include <cstdint>

// The order of what follows matters.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pixels.cpp"
#include "kernels/targets.h"
#include "kernels/map-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET

using DU = hn::RebindToUnsigned<D>;
using VU = hn::Vec<DU>;

#if HWY_TARGET == HWY_AVX3

/// Writes the places of a vector of bytes that are not 0, out of `index`, and returns how many they are. A
/// whole vector is stored, hence the room that the array needs.
HWY_INLINE std::size_t append(const std::uint8_t* bytes, VU index, std::uint32_t* places) {
  const DU du;
  const hn::Rebind<std::uint8_t, D> d8;
  const auto used = hn::Ne(hn::PromoteTo(du, hn::LoadU(d8, bytes)), hn::Zero(du));
  // Not CompressStore: compressing into memory takes AMD's processors a hundred cycles.
  hn::StoreU(hn::Compress(index, used), du, places);
  return hn::CountTrue(du, used);
}

#else

/// For each of 256 masks the numbers of its bits, in order: Highway's own Compress copies its table to the
/// stack whenever it is called.
struct BitNumbers {
  std::uint8_t of[256][8] = {};
  constexpr BitNumbers() {
    for (unsigned mask = 0; mask < 256; ++mask)
      for (unsigned bit = 0, count = 0; bit < 8; ++bit)
        if (mask >> bit & 1U) of[mask][count++] = static_cast<std::uint8_t>(bit);
  }
};
constexpr BitNumbers bit_numbers;

HWY_INLINE std::size_t append(const std::uint8_t* bytes, VU index, std::uint32_t* places) {
  const DU du;
  const hn::Rebind<std::uint8_t, D> d8;
  const auto used = hn::Ne(hn::PromoteTo(du, hn::LoadU(d8, bytes)), hn::Zero(du));
  std::uint8_t mask[8];
  hn::StoreMaskBits(du, used, mask);
  const VU numbers = hn::PromoteTo(du, hn::LoadU(d8, bit_numbers.of[mask[0]]));
  hn::StoreU(hn::Add(numbers, hn::Set(du, hn::GetLane(index))), du, places);
  return hn::CountTrue(du, used);
}

#endif

std::size_t list_pixels(std::size_t pixels, const std::uint8_t* bytes, const float* value_of_byte,
                        std::uint32_t* places, float* values) {
  const DU du;
  const VU lanes = hn::Set(du, static_cast<std::uint32_t>(kLanes));
  VU index = hn::Iota(du, 0);
  std::size_t count = 0;
  std::size_t i = 0;
  for (; i + kLanes <= pixels; i += kLanes) {
    count += append(bytes + i, index, places + count);
    index = hn::Add(index, lanes);
  }
  if (i < pixels) {
    std::uint8_t last[HWY_MAX_BYTES] = {};
    for (std::size_t j = i; j < pixels; ++j) last[j - i] = bytes[j];
    count += append(last, index, places + count);
  }
  // One by one: gathering takes AMD's processors twice as long.
  for (std::size_t n = 0; n < count; ++n) values[n] = value_of_byte[bytes[places[n]]];
  return count;
}

void set_pixels(Kernels<float>& table) { table.list_pixels = list_pixels; }

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
