#pragma once

// For programs that train with their own preprocessing or augmentation.

#include "scrawl/arrays.h"
#include "scrawl/compute.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

/// Converts the bytes of an image to a model's input. Plain data, stored in the model file, so a model always
/// gets pixels prepared as in training. For pixel p of an image:
///
///     x = byte / divisor * factor + offset
///     x = (x - mean[p]) / deviation[p]      if mean and deviation are given
///     x = whitening * x                     if it is given; rows of the matrix are outputs
///
/// The default gives 0..1; `{.factor = 0.99F, .offset = 0.01F}` 0.01..1; `{.divisor = 1}` the raw bytes.
struct Preprocessing {
  float divisor = 255;
  float factor = 1;
  float offset = 0;
  std::vector<float> mean = {};       ///< empty, one value for all pixels, or one per pixel
  std::vector<float> deviation = {};  ///< empty, one value for all pixels, or one per pixel; never zero
  std::vector<float> whitening = {};  ///< empty, or pixels x pixels (ZCA: symmetric)

  /// Whether a byte of 0 becomes 0, so that images keep their empty background.
  bool keeps_zeros() const { return offset == 0 && mean.empty() && whitening.empty(); }

  /// Whether the value of a pixel depends only on its byte, not on its position.
  bool maps_bytes() const { return mean.size() <= 1 && deviation.size() <= 1 && whitening.empty(); }

  bool operator==(const Preprocessing&) const = default;
};

/// The value of each byte. REQUIRES preprocessing.maps_bytes().
std::array<float, 256> byte_values(const Preprocessing& preprocessing);

/// Throws Error(invalid_argument) for wrong sizes, a zero divisor or deviation, and non-finite values.
void validate(const Preprocessing& preprocessing, std::size_t pixels);

/// A one-line description for people: "byte / 255, minus mean, over deviation (per pixel)".
std::string to_string(const Preprocessing& preprocessing);

/// What to measure on the training images and store in a Preprocessing.
enum class Standardise { none, global, per_pixel };
struct PreprocessingFit {
  Standardise standardise = Standardise::none;
  bool whiten = false;
  float whitening_epsilon =
      0.1F;  ///< above 0; added to the covariance's eigenvalues; larger keeps more noise down
};

/// Measures mean and deviation (global or per pixel) of `images`, rows of `pixels` bytes, and the ZCA matrix
/// U (L + epsilon)^-1/2 U^T of the covariance U L U^T of the standardised pixels (Bell and Sejnowski 1997).
/// Whitening always subtracts each pixel's mean. A constant pixel gets deviation 1. Keeps divisor, factor and
/// offset of `scale`. Throws Error(invalid_argument) for no images, and for whitening of more than 4,096
/// pixels (the time grows with their third power). REQUIRES whole images.
Preprocessing fit_preprocessing(Preprocessing scale, const PreprocessingFit& fit,
                                std::span<const std::uint8_t> images, std::size_t pixels);

/// Applies preprocessing to batches of up to `max_rows` images, one thread at a time. Allocates nothing.
class Preprocessor {
 public:
  Preprocessor(Preprocessing preprocessing, std::size_t pixels, std::size_t max_rows);

  const Preprocessing& preprocessing() const { return preprocessing_; }
  std::size_t pixels() const { return pixels_; }

  /// Sets row r of `out` to the preprocessed image `indices[r]` of `images` (rows of `pixels` bytes).
  /// REQUIRES out.columns() == pixels, out.rows() == indices.size() <= max_rows, every index valid.
  void gather(std::span<const std::uint8_t> images, std::span<const std::uint32_t> indices,
              const Compute& compute, MatrixView<float> out);
  /// Same for out.rows() consecutive images.
  void apply(std::span<const std::uint8_t> images, const Compute& compute, MatrixView<float> out);

 private:
  template <class Source>
  void fill(const Source& image, const Compute& compute, MatrixView<float> out);

  Preprocessing preprocessing_;
  std::size_t pixels_;
  std::vector<float> whitening_;  // transposed: rows are inputs
  std::vector<float> scratch_;    // only with whitening: max_rows x pixels
};

/// Random changes of training images, drawn anew each time an image is shown, uniformly within the given
/// ranges. Plain data; 0 turns a kind off, and the default changes nothing. The order is: thickness; shift,
/// rotation, scale, shear and elastic together, as one bilinear sampling; blur; contrast; gamma; noise;
/// erasing. Pixels outside the image and erased pixels are 0, the background of MNIST. All channels get the
/// same changes, except for independent noise.
struct Augmentation {
  float probability = 1;  ///< that an image is changed at all, 0 to 1
  float shift = 0;        ///< up to this many pixels in each direction, along both axes; up to 1000
  float rotation = 0;     ///< up to this many degrees in each direction, around the centre; up to 180
  float scale = 0;        ///< each axis by a separate factor from 1 - scale to 1 + scale; up to 0.9
  float shear = 0;        ///< rows move by up to this many pixels per row, as in italics; up to 2
  /// Elastic deformation (Simard, Steinkraus, Platt: "Best practices for convolutional neural networks
  /// applied to visual document analysis", 2003): moves every pixel along each axis by alpha times a field of
  /// uniform numbers from -1 to 1, one per pixel, smoothed by a Gaussian of sigma pixels. Displacements have
  /// mean 0, deviation alpha / (2 sqrt(3 pi) sigma) and, d pixels apart, correlation exp(-d^2 / (4 sigma^2)).
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

  bool is_off() const;  ///< whether no image is changed

  bool operator==(const Augmentation&) const = default;
};

/// Throws Error(invalid_argument) that names the key, such as "augment.shift", for a value outside its range.
void validate(const Augmentation& augmentation);

/// Changes images:
///
///     Augmenter augmenter({.rotation = 15, .elastic_alpha = 36}, {1, 28, 28}, seed);
///     augmenter.apply(image, step, sample, changed);
///
/// The result depends only on image, augmentation, seed, step and sample. Use one Augmenter per thread.
class Augmenter {
 public:
  /// Throws Error(invalid_argument) as validate() does, and beyond 4096 pixels per side or 2^24 values.
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
