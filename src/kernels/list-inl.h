// Appends the places of a mask's set lanes to a list, once per instruction set (see map-inl.h).
#if defined(SCRAWL_KERNELS_LIST_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SCRAWL_KERNELS_LIST_INL_H_
#undef SCRAWL_KERNELS_LIST_INL_H_
#else
#define SCRAWL_KERNELS_LIST_INL_H_
#endif

#include "kernels/map-inl.h"

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET

using DU = hn::RebindToUnsigned<D>;
using VU = hn::Vec<DU>;
using MU = hn::Mask<DU>;

// Both store the `used` lanes of `values`, in order, and return their number. They store a whole vector.

#if HWY_TARGET == HWY_AVX3

HWY_INLINE std::size_t append_used(VU values, MU used, std::uint32_t* list) {
  const DU du;
  // Not CompressStore, which takes a hundred cycles on AMD's processors. Not Compress: the instruction waits
  // for the old value of its target, and compilers choose the target of the one before it.
  __asm__("vpcompressd %0, %0%{%1%}%{z%}" : "+v"(values.raw) : "Yk"(used.raw));
  hn::StoreU(values, du, list);
  return hn::CountTrue(du, used);
}

#else

/// The bit numbers of each mask, in order. Highway's Compress copies its table to the stack at each call.
struct BitNumbers {
  std::uint8_t of[256][8] = {};
  constexpr BitNumbers() {
    for (unsigned mask = 0; mask < 256; ++mask)
      for (unsigned bit = 0, count = 0; bit < 8; ++bit)
        if (mask >> bit & 1U) of[mask][count++] = static_cast<std::uint8_t>(bit);
  }
};
constexpr BitNumbers bit_numbers;

HWY_INLINE std::size_t append_used(VU values, MU used, std::uint32_t* list) {
  const DU du;
  const hn::Rebind<std::uint8_t, D> d8;
  std::uint8_t mask[8];
  hn::StoreMaskBits(du, used, mask);
  const VU numbers = hn::PromoteTo(du, hn::LoadU(d8, bit_numbers.of[mask[0]]));
  hn::StoreU(hn::TableLookupLanes(values, hn::IndicesFromVec(du, numbers)), du, list);
  return hn::CountTrue(du, used);
}

#endif

HWY_INLINE std::size_t list_nonzero(std::size_t n, const float* x, const float* y, std::uint32_t* list) {
  const D d;
  const DU du;
  const VU lanes = hn::Set(du, static_cast<std::uint32_t>(kLanes));
  VU index = hn::Iota(du, 0);
  std::size_t count = 0;
  for (std::size_t i = 0; i < n; i += kLanes) {
    const std::size_t left = n - i;
    const auto inside = hn::FirstN(d, left < kLanes ? left : kLanes);
    // Not Ne, which is false for NaN.
    auto zero = hn::Eq(hn::MaskedLoad(inside, d, x + i), hn::Zero(d));
    if (y) zero = hn::And(zero, hn::Eq(hn::MaskedLoad(inside, d, y + i), hn::Zero(d)));
    count += append_used(index, hn::RebindMask(du, hn::Not(zero)), list + count);
    index = hn::Add(index, lanes);
  }
  return count;
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
