#include "kernels/kernels.h"

#include <cstddef>
#include <cstdint>

// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/convert.cpp"
#include "kernels/targets.h"
#include "kernels/map-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET
namespace {

HWY_INLINE V scaled(const ByteScale& scale, const std::uint8_t* bytes) {
  const D d;
  const hn::Rebind<std::uint8_t, D> d8;
  const hn::RebindToSigned<D> d32;
  const V value = hn::ConvertTo(d, hn::PromoteTo(d32, hn::LoadU(d8, bytes)));
  return hn::MulAdd(hn::Div(value, hn::Set(d, scale.divisor)), hn::Set(d, scale.factor),
                    hn::Set(d, scale.offset));
}

void scale_bytes(std::size_t n, const ByteScale& scale, const std::uint8_t* bytes, float* out) {
  const D d;
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) hn::StoreU(scaled(scale, bytes + i), d, out + i);
  if (i == n) return;
  std::uint8_t last[HWY_MAX_BYTES] = {};
  for (std::size_t j = i; j < n; ++j) last[j - i] = bytes[j];
  hn::BlendedStore(scaled(scale, last), hn::FirstN(d, n - i), d, out + i);
}

}  // namespace

void set_convert(Kernels<float>& table) { table.scale_bytes = scale_bytes; }

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
