#include "kernels/convolution.h"
#include "kernels/kernels.h"

#include <cstddef>

// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/lanes.cpp"
#include "kernels/targets.h"
#include "kernels/map-inl.h"
#include "kernels/transpose-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET
namespace {

/// A vector of lanes; lanes without a sample become 0.
HWY_INLINE void to_some_lanes(std::size_t samples, std::size_t places, const float* rows, std::size_t stride,
                              float* out) {
  const D d;
  const auto used = hn::FirstN(d, samples);
  std::size_t place = 0;
  for (; samples > 0 && place + 4 <= places; place += 4) {
    V v[4];
    transpose_strip(rows + place, stride, samples - 1, v);
    for (std::size_t i = 0; i < 4; ++i, out += image_lanes)
      hn::StoreU(hn::IfThenElseZero(used, v[i]), d, out);
  }
  for (; place < places; ++place, out += image_lanes)
    for (std::size_t i = 0; i < kLanes; ++i) out[i] = i < samples ? rows[i * stride + place] : 0.0F;
}

void to_lanes(std::size_t samples, std::size_t places, const float* rows, std::size_t stride, float* block) {
  if (samples == image_lanes) {
    transpose_matrix(image_lanes, places, rows, stride, block, image_lanes);
    return;
  }
  for (std::size_t lane = 0; lane < image_lanes; lane += kLanes) {
    const std::size_t left = samples > lane ? samples - lane : 0;
    to_some_lanes(left < kLanes ? left : kLanes, places, left > 0 ? rows + lane * stride : rows, stride,
                  block + lane);
  }
}

void from_lanes(std::size_t samples, std::size_t places, const float* block, float* rows,
                std::size_t stride) {
  transpose_matrix(places, samples, block, image_lanes, rows, stride);
}

}  // namespace

void set_lanes(Kernels<float>& table) {
  table.to_lanes = to_lanes;
  table.from_lanes = from_lanes;
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
