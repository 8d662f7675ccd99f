#pragma once

#include "scrawl/random.h"

#include <cstddef>
#include <cstdint>

/// Kernels of data augmentation: bulk random numbers, and the steps of AugmentPipeline.
namespace scrawl::kernels {

/// Rows are padded to a multiple of this. Random numbers come in groups of this size (eight Philox blocks).
constexpr std::size_t augment_lanes = 32;

constexpr std::size_t augment_room = 64;  ///< bytes that may be read after input and written after output

struct AugmentConstants {
  static constexpr float mean = 510.0F;                       // of the sum of four bytes
  static constexpr float inverse_deviation = 0.00676587516F;  // sqrt(4 (256^2 - 1) / 12) = 147.80054
  static constexpr float least_value = 1e-20F;                // smaller values become 0
};

/// A picture with a border of zeros: byte (y, x) is at (y + 1) * pitch + x + 1.
constexpr std::size_t padded_pitch(std::size_t width) { return width + 2; }

/// The source of each pixel in the padded picture: (xx x + xy y + x0, yx x + yy y + y0) plus dx and dy of the
/// pixel, clamped to the picture's edge.
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
  // rows x stride each: the index of the pixel above and left of the source, and the distance of the source
  // from it, from 0 to 1. The index is 0 after the width.
  std::uint32_t* place = nullptr;
  float* fraction_x = nullptr;
  float* fraction_y = nullptr;
};

/// Maps a value v to v * factor, then 255 (v / 255)^gamma, then v + deviation * noise.
struct Tone {
  float factor = 1;
  float gamma = 1;
  float deviation = 0;
};

/// One instruction set's kernels. Pointers never alias. REQUIRES that `count`, `stride`, and `n` of
/// `bilinear` and `blur` are multiples of augment_lanes.
struct AugmentKernels {
  /// `count` random words. Words 32 g + 16 h + 2 b + j for h, j in {0, 1} and b < 8 are words 2 h + j of
  /// Philox block first + 8 g + b.
  void (*random_words)(const RandomKey& key, std::uint32_t first, std::size_t count, std::uint32_t* out);
  /// The same words as nearly normal numbers of mean 0 and variance 1, from the sum of each word's bytes.
  void (*random_normals)(const RandomKey& key, std::uint32_t first, std::size_t count, float* out);
  /// out[i] = the smallest of the nine bytes around in[i]; rows are `pitch` apart. This and the next two
  /// kernels read and write up to augment_room elements beyond n.
  void (*erode_bytes)(std::size_t n, std::size_t pitch, const std::uint8_t* in, std::uint8_t* out);
  /// out[i] = base[i] + (m - in[i]) * weight / 256, rounded, or base[i] minus that, from 0 to 255; m is the
  /// largest of the nine bytes around in[i]. REQUIRES weight <= 256. `base` may be `in`.
  void (*spread_bytes)(std::size_t n, std::size_t pitch, bool adds, std::uint32_t weight,
                       const std::uint8_t* in, const std::uint8_t* base, std::uint8_t* out);
  /// out[i] = bytes i, i + 1, i + pitch and i + pitch + 1 of `in`, lowest first, for bilinear sampling.
  void (*pack_corners)(std::size_t n, std::size_t pitch, const std::uint8_t* in, std::uint32_t* out);
  void (*warp)(const Warp&);
  /// out[i] = the four bytes corners[place[i]], linearly interpolated along x, then along y.
  void (*bilinear)(std::size_t n, const std::uint32_t* corners, const std::uint32_t* place,
                   const float* fraction_x, const float* fraction_y, float* out);
  /// out[i] = weights[0] in[i] + sum over t from 1 to radius of weights[t] (in[i - t step] + in[i + t step]).
  void (*blur)(std::size_t n, std::size_t radius, const float* weights, const float* in, std::size_t step,
               float* out);
  /// Rounds rows of `width` values, `stride` apart, to packed bytes. noise may be null if deviation is 0.
  void (*tone_bytes)(std::size_t rows, std::size_t width, std::size_t stride, const Tone&, const float* in,
                     const float* noise, std::uint8_t* out);
};

}  // namespace scrawl::kernels
