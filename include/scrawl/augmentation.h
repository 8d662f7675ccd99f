#pragma once

#include "scrawl/compute.h"
#include "scrawl/shape.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#pragma GCC visibility push(default)
namespace scrawl {

/// How training images are changed each time they are shown, so that a network never sees the same one twice.
/// Plain data. 0 turns a kind off, and the default changes nothing. All values are drawn anew for each
/// presentation of an image, uniformly within the given range. The kinds are applied in this order:
///
/// thickness; then shift, rotation, scale, shear and elastic together, as one bilinear sampling; blur;
/// contrast; gamma; noise; erasing.
///
/// Pixels outside the image and erased pixels are 0, the background of MNIST and similar sets. All channels
/// get the same changes, except that noise is independent.
struct Augmentation {
  float probability = 1;  ///< that an image is changed at all, 0 to 1
  float shift = 0;        ///< up to this many pixels in each direction, along both axes; up to 1000
  float rotation = 0;     ///< up to this many degrees in each direction, around the centre; up to 180
  float scale = 0;        ///< each axis by a separate factor from 1 - scale to 1 + scale; up to 0.9
  float shear = 0;        ///< rows move by up to this many pixels per row, as in italics; up to 2
  /// Elastic deformation (Simard, Steinkraus, Platt: "Best practices for convolutional neural networks
  /// applied to visual document analysis", 2003): every pixel is displaced along each axis by alpha times a
  /// field of uniform numbers from -1 to 1, one per pixel, smoothed by a Gaussian of this many pixels. The
  /// displacements have mean 0 and, everywhere, the standard deviation alpha / (2 sqrt(3 pi) sigma) pixels.
  /// At a distance d their correlation is exp(-d^2 / (4 sigma^2)).
  float elastic_alpha = 0;  ///< up to 10000
  float elastic_sigma = 5;  ///< 1 to 100
  float thickness = 0;  ///< edges move out, or in unless all would vanish, by up to this many pixels; up to 3
  float blur = 0;       ///< Gaussian of up to this many pixels; up to 5
  float contrast = 0;   ///< values times a factor from 1 - contrast to 1 + contrast; up to 1
  float gamma = 0;      ///< value^(e^g) for values from 0 to 1, g up to gamma in each direction; up to 3
  float noise = 0;      ///< nearly normal, with a deviation of up to this many grey levels of 255; up to 255
  /// Random erasing (Zhong, Zheng, Kang, Li, Yang, 2017): with this probability a rectangle becomes 0. It
  /// covers 2 % to erase_area of the image; its height is 0.3 to 3.33 times its width.
  float erase_probability = 0;  ///< 0 to 1
  float erase_area = 0.2F;      ///< 0.02 to 1

  /// Whether no image is changed.
  bool is_off() const;

  bool operator==(const Augmentation&) const = default;
};

/// Throws Error(invalid_argument) that names the key, such as "augment.shift", for a value outside its range.
void validate(const Augmentation& augmentation);

/// Changes images:
///
///     Augmenter augmenter({.rotation = 15, .elastic_alpha = 36}, {1, 28, 28}, seed);
///     augmenter.apply(image, step, sample, changed);
///
/// The result depends only on the image, the augmentation, seed, step and sample, on every instruction set.
/// Holds scratch memory, so only one thread may use it at a time; give each thread its own Augmenter.
class Augmenter {
 public:
  /// Throws Error(invalid_argument) for values that validate() refuses, and for images of more than 4096
  /// pixels per side or 2^24 values.
  Augmenter(const Augmentation& augmentation, const Shape& shape, std::uint64_t seed,
            Target target = default_target());
  ~Augmenter();
  Augmenter(Augmenter&&) noexcept;
  Augmenter& operator=(Augmenter&&) noexcept;

  /// `image` as it is shown at step `step`; `sample` is its number in the data set. Allocates nothing.
  /// REQUIRES image.size() == out.size() == shape.size(), and that they do not overlap.
  void apply(std::span<const std::uint8_t> image, std::uint32_t step, std::uint32_t sample,
             std::span<std::uint8_t> out);

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

}  // namespace scrawl
#pragma GCC visibility pop
