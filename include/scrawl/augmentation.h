#pragma once

#include "scrawl/compute.h"
#include "scrawl/shape.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#pragma GCC visibility push(default)
namespace scrawl {

/// How training images are changed each time that they are shown, so that a network sees none twice. Plain
/// data; 0 leaves a kind out, and the default changes nothing. What is drawn for an image is drawn anew for
/// each presentation, uniform within the range that is named. The kinds follow each other in this order:
///
/// thickness; then shift, rotation, scale, shear and elastic together, as one bilinear sampling; blur;
/// contrast; gamma; noise; erasing.
///
/// What lies outside of an image counts as 0, and so do the pixels that are erased: the background of MNIST
/// and of the sets like it. All channels get the same changes, but noise of their own.
struct Augmentation {
  float probability = 1;  ///< that an image is changed at all, 0 to 1
  float shift = 0;        ///< up to so many pixels each way, along both axes; up to 1000
  float rotation = 0;     ///< up to so many degrees each way, around the middle; up to 180
  float scale = 0;        ///< each axis by a factor of its own from 1 - scale to 1 + scale; up to 0.9
  float shear = 0;        ///< rows move by up to so many pixels a row, as italics do; up to 2
  /// Elastic deformation (Simard, Steinkraus, Platt: "Best practices for convolutional neural networks
  /// applied to visual document analysis", 2003): every pixel is displaced along each axis by alpha times a
  /// field of numbers uniform from -1 to 1, one a pixel, that a Gaussian of so many pixels has smoothed. The
  /// displacements have mean 0 and, everywhere, the standard deviation alpha / (2 sqrt(3 pi) sigma) pixels,
  /// and those at a distance d have the correlation exp(-d^2 / (4 sigma^2)).
  float elastic_alpha = 0;  ///< up to 10000
  float elastic_sigma = 5;  ///< 1 to 100
  float thickness = 0;  ///< edges move out, or in unless all would vanish, by up to so many pixels; up to 3
  float blur = 0;       ///< Gaussian of up to so many pixels; up to 5
  float contrast = 0;   ///< values times a factor from 1 - contrast to 1 + contrast; up to 1
  float gamma = 0;      ///< value^e^g for values from 0 to 1 and g up to gamma each way; up to 3
  float noise = 0;      ///< nearly normal, of a deviation up to so many grey levels of 255; up to 255
  /// Random erasing (Zhong, Zheng, Kang, Li, Yang, 2017): with this probability a rectangle becomes 0, of 2 %
  /// to erase_area of the image, its height 0.3 to 3.33 times its width.
  float erase_probability = 0;  ///< 0 to 1
  float erase_area = 0.2F;      ///< 0.02 to 1

  /// Whether every image stays as it is.
  bool is_off() const;

  bool operator==(const Augmentation&) const = default;
};

/// Throws Error(invalid_argument) that names the key, "augment.shift", for a value outside of its range.
void validate(const Augmentation& augmentation);

/// Changes images:
///
///     Augmenter augmenter({.rotation = 15, .elastic_alpha = 36}, {1, 28, 28}, seed);
///     augmenter.apply(image, step, sample, changed);
///
/// What becomes of an image is a function of it, the augmentation, seed, step and sample alone, on every
/// instruction set. Holds scratch memory: one thread at a time, each thread with an Augmenter of its own.
class Augmenter {
 public:
  /// Throws Error(invalid_argument) for what validate refuses, and for images of more than 4096 pixels along
  /// a side or 2^24 values.
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
