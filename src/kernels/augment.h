#pragma once

#include "scrawl/random.h"

#include <cstddef>
#include <cstdint>

/// What changes images on their way into the training: random numbers in bulk, and the steps from bytes to
/// bytes that src/preprocess/augment_pipeline.h puts together.
namespace scrawl::kernels {

/// Rows of values are padded to a multiple of this, so that no loop over them has an end of its own; and
/// random numbers are drawn so many at a time, from the four words of eight counters.
constexpr std::size_t augment_lanes = 32;

/// What may be read behind the end of padded bytes, and be written behind that of others.
constexpr std::size_t augment_room = 64;

/// The constants that scalar and vector code share.
struct AugmentConstants {
  static constexpr float mean = 510.0F;                       // of the sum of four bytes
  static constexpr float inverse_deviation = 0.00676587516F;  // sqrt(4 (256^2 - 1) / 12) = 147.80054
  static constexpr float least_value = 1e-20F;                // what is smaller has no logarithm here
};

/// A picture with an edge of zeros: byte (y, x) lies at (y + 1) * pitch + x + 1.
constexpr std::size_t padded_pitch(std::size_t width) { return width + 2; }

/// Where each pixel comes from: source(y, x) = (xx x + xy y + x0, yx x + yy y + y0), plus what dx and dy hold
/// for the pixel, in coordinates of the padded picture. What lies outside of it comes from its edge.
struct Warp {
  std::size_t rows = 0;
  std::size_t first_row = 0;  ///< y of the first
  std::size_t width = 0;
  std::size_t stride = 0;  ///< of dx, dy and the results: a multiple of augment_lanes
  float xx = 1;
  float xy = 0;
  float x0 = 0;
  float yx = 0;
  float yy = 1;
  float y0 = 0;
  float last_x = 0;  ///< of the padded picture, as whole numbers
  float last_y = 0;
  std::uint32_t pitch = 0;    ///< of the padded picture
  const float* dx = nullptr;  ///< rows x stride, or null
  const float* dy = nullptr;
  // rows x stride each: the place of the pixel above and left of the source, and how far below and right of
  // it the source lies, from 0 to 1. Place 0 behind the width.
  std::uint32_t* place = nullptr;
  float* fraction_x = nullptr;
  float* fraction_y = nullptr;
};

/// What becomes of a value v: v * factor, then 255 (v / 255)^gamma, then v + deviation * noise.
struct Tone {
  float factor = 1;
  float gamma = 1;
  float deviation = 0;
};

/// A row of the table of one instruction set. Pointers never alias.
struct AugmentKernels {
  /// `count` random words. Words 32 g + 16 h + 2 b + j for h, j of {0, 1} and b below 8 are words 2 h + j of
  /// Philox's block number first + 8 g + b. REQUIRES count to be a multiple of augment_lanes.
  void (*random_words)(const RandomKey& key, std::uint32_t first, std::size_t count, std::uint32_t* out);
  /// From the same words nearly normal numbers of mean 0 and variance 1: the sum of a word's four bytes.
  void (*random_normals)(const RandomKey& key, std::uint32_t first, std::size_t count, float* out);
  /// out[i] = the smallest of the nine bytes around in[i], whose rows are `pitch` apart. This and the next
  /// two read, and write, augment_room elements further.
  void (*erode_bytes)(std::size_t n, std::size_t pitch, const std::uint8_t* in, std::uint8_t* out);
  /// out[i] = base[i] + (m - in[i]) * weight / 256, rounded, or base[i] minus that, from 0 to 255; m is the
  /// largest of the nine bytes around in[i]. REQUIRES weight <= 256. `base` may be `in`.
  void (*spread_bytes)(std::size_t n, std::size_t pitch, bool adds, std::uint32_t weight,
                       const std::uint8_t* in, const std::uint8_t* base, std::uint8_t* out);
  /// out[i] = the bytes i, i + 1, i + pitch and i + pitch + 1 of `in`, from the lowest on: the four that a
  /// bilinear sample takes.
  void (*pack_corners)(std::size_t n, std::size_t pitch, const std::uint8_t* in, std::uint32_t* out);
  void (*warp)(const Warp&);
  /// out[i] = the four bytes corners[place[i]], linearly interpolated along x, then along y. REQUIRES n to be
  /// a multiple of augment_lanes.
  void (*bilinear)(std::size_t n, const std::uint32_t* corners, const std::uint32_t* place,
                   const float* fraction_x, const float* fraction_y, float* out);
  /// out[i] = weights[0] in[i] + sum over t from 1 to radius of weights[t] (in[i - t step] + in[i + t step]).
  /// REQUIRES n to be a multiple of augment_lanes.
  void (*blur)(std::size_t n, std::size_t radius, const float* weights, const float* in, std::size_t step,
               float* out);
  /// Rounds rows of `width` values, `stride` apart, to bytes without gaps. noise may be null if deviation is
  /// 0. REQUIRES stride to be a multiple of augment_lanes.
  void (*tone_bytes)(std::size_t rows, std::size_t width, std::size_t stride, const Tone&, const float* in,
                     const float* noise, std::uint8_t* out);
};

}  // namespace scrawl::kernels
