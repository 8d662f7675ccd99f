#include "kernels/kernels.h"

#include <cstddef>
#include <cstdint>

// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/augment.cpp"
#include "kernels/targets.h"
#include "kernels/activation-inl.h"
#include "kernels/map-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET
namespace {

using D32 = hn::RebindToUnsigned<D>;
using DI = hn::RebindToSigned<D>;
using V32 = hn::Vec<D32>;
using VI = hn::Vec<DI>;
using D16 = hn::Repartition<std::uint16_t, D>;
using D8 = hn::Rebind<std::uint8_t, D16>;
using V8 = hn::Vec<D8>;

template <bool kLargest>
HWY_INLINE V8 of_nine(std::size_t pitch, const std::uint8_t* middle) {
  const D8 d;
  const auto pick = [](V8 a, V8 b) { return kLargest ? hn::Max(a, b) : hn::Min(a, b); };
  const auto of_three = [&](const std::uint8_t* at) {
    return pick(pick(hn::LoadU(d, at - 1), hn::LoadU(d, at)), hn::LoadU(d, at + 1));
  };
  return pick(pick(of_three(middle - pitch), of_three(middle)), of_three(middle + pitch));
}

void erode_bytes(std::size_t n, std::size_t pitch, const std::uint8_t* in, std::uint8_t* out) {
  const D8 d8;
  for (std::size_t i = 0; i < n; i += hn::MaxLanes(d8))
    hn::StoreU(of_nine<false>(pitch, in + i), d8, out + i);
}

void spread_bytes(std::size_t n, std::size_t pitch, bool adds, std::uint32_t weight, const std::uint8_t* in,
                  const std::uint8_t* base, std::uint8_t* out) {
  const D8 d8;
  const D16 d16;
  const hn::RebindToSigned<D16> di16;
  const auto weights = hn::Set(d16, static_cast<std::uint16_t>(weight));
  const auto half = hn::Set(d16, std::uint16_t{128});
  for (std::size_t i = 0; i < n; i += hn::MaxLanes(d8)) {
    const auto difference = hn::PromoteTo(d16, hn::Sub(of_nine<true>(pitch, in + i), hn::LoadU(d8, in + i)));
    const auto part = hn::BitCast(di16, hn::ShiftRight<8>(hn::Add(hn::Mul(difference, weights), half)));
    const auto from = hn::BitCast(di16, hn::PromoteTo(d16, hn::LoadU(d8, base + i)));
    hn::StoreU(hn::DemoteTo(d8, adds ? hn::Add(from, part) : hn::Sub(from, part)), d8, out + i);
  }
}

void pack_corners(std::size_t n, std::size_t pitch, const std::uint8_t* in, std::uint32_t* out) {
  const hn::Full128<std::uint8_t> d8;
  const hn::Full128<std::uint16_t> d16;
  const hn::Full128<std::uint32_t> d32;
  for (std::size_t i = 0; i < n; i += 16) {
    const auto a = hn::LoadU(d8, in + i);
    const auto b = hn::LoadU(d8, in + i + 1);
    const auto c = hn::LoadU(d8, in + i + pitch);
    const auto e = hn::LoadU(d8, in + i + pitch + 1);
    const auto top0 = hn::BitCast(d16, hn::InterleaveLower(d8, a, b));
    const auto top1 = hn::BitCast(d16, hn::InterleaveUpper(d8, a, b));
    const auto bottom0 = hn::BitCast(d16, hn::InterleaveLower(d8, c, e));
    const auto bottom1 = hn::BitCast(d16, hn::InterleaveUpper(d8, c, e));
    hn::StoreU(hn::BitCast(d32, hn::InterleaveLower(d16, top0, bottom0)), d32, out + i);
    hn::StoreU(hn::BitCast(d32, hn::InterleaveUpper(d16, top0, bottom0)), d32, out + i + 4);
    hn::StoreU(hn::BitCast(d32, hn::InterleaveLower(d16, top1, bottom1)), d32, out + i + 8);
    hn::StoreU(hn::BitCast(d32, hn::InterleaveUpper(d16, top1, bottom1)), d32, out + i + 12);
  }
}

void warp(const Warp& w) {
  const D d;
  const DI di;
  const V zero = hn::Zero(d);
  const V last_x = hn::Set(d, w.last_x);
  const V last_y = hn::Set(d, w.last_y);
  const V xx = hn::Set(d, w.xx);
  const V yx = hn::Set(d, w.yx);
  const V width = hn::Set(d, static_cast<float>(w.width));
  const VI pitch = hn::Set(di, static_cast<std::int32_t>(w.pitch));
  const V lanes = hn::Iota(d, 0);
  std::size_t at = 0;
  for (std::size_t r = 0; r < w.rows; ++r) {
    const V y = hn::Set(d, static_cast<float>(w.first_row + r));
    const V row_x = hn::MulAdd(hn::Set(d, w.xy), y, hn::Set(d, w.x0));
    const V row_y = hn::MulAdd(hn::Set(d, w.yy), y, hn::Set(d, w.y0));
    V x = lanes;
    for (std::size_t i = 0; i < w.stride; i += kLanes, at += kLanes) {
      V source_x = hn::MulAdd(xx, x, row_x);
      V source_y = hn::MulAdd(yx, x, row_y);
      if (w.dx) source_x = hn::Add(source_x, hn::LoadU(d, w.dx + at));
      if (w.dy) source_y = hn::Add(source_y, hn::LoadU(d, w.dy + at));
      const auto used = hn::Lt(x, width);
      source_x = hn::IfThenElseZero(used, hn::Min(hn::Max(source_x, zero), last_x));
      source_y = hn::IfThenElseZero(used, hn::Min(hn::Max(source_y, zero), last_y));
      const VI left = hn::ConvertTo(di, source_x);
      const VI top = hn::ConvertTo(di, source_y);
      hn::StoreU(hn::BitCast(D32(), hn::Add(hn::Mul(top, pitch), left)), D32(), w.place + at);
      hn::StoreU(hn::Sub(source_x, hn::ConvertTo(d, left)), d, w.fraction_x + at);
      hn::StoreU(hn::Sub(source_y, hn::ConvertTo(d, top)), d, w.fraction_y + at);
      x = hn::Add(x, hn::Set(d, static_cast<float>(kLanes)));
    }
  }
}

template <int kByte>
HWY_INLINE V corner(V32 four) {
  const D32 d32;
  V32 value = hn::ShiftRight<8 * kByte>(four);
  if (kByte < 3) value = hn::And(value, hn::Set(d32, 255U));
  return hn::ConvertTo(D(), hn::BitCast(DI(), value));
}

void bilinear(std::size_t n, const std::uint32_t* corners, const std::uint32_t* place,
              const float* fraction_x, const float* fraction_y, float* out) {
  const D d;
  const D32 d32;
  // Scalar loads, which are faster than gathers; enough before the first use that none waits for its store.
  constexpr std::size_t kFetched = 8 * augment_lanes;
  HWY_ALIGN std::uint32_t fetched[kFetched];
  for (std::size_t first = 0; first < n; first += kFetched) {
    const std::size_t count = n - first < kFetched ? n - first : kFetched;
    for (std::size_t i = 0; i < count; i += 8) {
#pragma GCC unroll 8
      for (std::size_t j = 0; j < 8; ++j) fetched[i + j] = corners[place[first + i + j]];
    }
    for (std::size_t i = 0; i < count; i += kLanes) {
      const V32 four = hn::Load(d32, fetched + i);
      const V x = hn::LoadU(d, fraction_x + first + i);
      const V y = hn::LoadU(d, fraction_y + first + i);
      const V top = hn::MulAdd(x, hn::Sub(corner<1>(four), corner<0>(four)), corner<0>(four));
      const V bottom = hn::MulAdd(x, hn::Sub(corner<3>(four), corner<2>(four)), corner<2>(four));
      hn::StoreU(hn::MulAdd(y, hn::Sub(bottom, top), top), d, out + first + i);
    }
  }
}

void blur(std::size_t n, std::size_t radius, const float* weights, const float* in, std::size_t step,
          float* out) {
  const D d;
  for (std::size_t i = 0; i < n; i += kLanes) {
    const float* middle = in + i;
    V sum = hn::Mul(hn::Set(d, weights[0]), hn::LoadU(d, middle));
    for (std::size_t t = 1; t <= radius; ++t)
      sum = hn::MulAdd(hn::Set(d, weights[t]),
                       hn::Add(hn::LoadU(d, middle - t * step), hn::LoadU(d, middle + t * step)), sum);
    hn::StoreU(sum, d, out + i);
  }
}

template <bool kGamma>
HWY_INLINE VI toned(const Tone& tone, V value, const float* noise) {
  const D d;
  const V most = hn::Set(d, 255.0F);
  value = hn::Mul(value, hn::Set(d, tone.factor));
  if (kGamma) {
    const V part = hn::Mul(hn::Min(value, most), hn::Set(d, 1.0F / 255));
    const V power = hn::Mul(Exp()(d, hn::Mul(hn::Set(d, tone.gamma), Log()(d, part))), most);
    value = hn::IfThenElseZero(hn::Gt(part, hn::Set(d, AugmentConstants::least_value)), power);
  }
  if (noise) value = hn::MulAdd(hn::Set(d, tone.deviation), hn::LoadU(d, noise), value);
  value = hn::Min(hn::Max(value, hn::Zero(d)), most);
  return hn::ConvertTo(DI(), hn::Add(value, hn::Set(d, 0.5F)));
}

template <bool kGamma>
HWY_INLINE void tone_rows(std::size_t rows, std::size_t width, std::size_t stride, const Tone& tone,
                          const float* in, const float* noise, std::uint8_t* out) {
  const hn::Rebind<std::uint8_t, D> d8;
  const std::uint8_t* const end = out + rows * width;
  for (std::size_t r = 0; r < rows; ++r) {
    // Bytes written after the end of a row are overwritten by the next row.
    for (std::size_t i = 0; i < width; i += kLanes) {
      const auto bytes =
          hn::DemoteTo(d8, toned<kGamma>(tone, hn::LoadU(D(), in + i), noise ? noise + i : nullptr));
      if (static_cast<std::size_t>(end - (out + i)) >= kLanes) {
        hn::StoreU(bytes, d8, out + i);
      } else {
        std::uint8_t last[HWY_MAX_BYTES];
        hn::StoreU(bytes, d8, last);
        for (std::size_t j = 0; i + j < width; ++j) out[i + j] = last[j];
      }
    }
    in += stride;
    noise = noise ? noise + stride : nullptr;
    out += width;
  }
}

void tone_bytes(std::size_t rows, std::size_t width, std::size_t stride, const Tone& tone, const float* in,
                const float* noise, std::uint8_t* out) {
  const float* drawn = tone.deviation != 0 ? noise : nullptr;
  tone.gamma != 1 ? tone_rows<true>(rows, width, stride, tone, in, drawn, out)
                  : tone_rows<false>(rows, width, stride, tone, in, drawn, out);
}

}  // namespace

void set_augment(Kernels<float>& table) {
  table.augment.erode_bytes = erode_bytes;
  table.augment.spread_bytes = spread_bytes;
  table.augment.pack_corners = pack_corners;
  table.augment.warp = warp;
  table.augment.bilinear = bilinear;
  table.augment.blur = blur;
  table.augment.tone_bytes = tone_bytes;
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
