#pragma once

#include "scrawl/compute.h"
#include "scrawl/matrix.h"

#include <array>
#include <cstddef>
#include <cstdint>
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
/// The default gives 0..1. `{.factor = 0.99F, .offset = 0.01F}` gives 0.01..1; `{.divisor = 1}` the raw
/// bytes.
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

/// Throws Error(invalid_argument) if the arrays do not fit images of `pixels` values, a divisor or deviation
/// is zero, or a value is not finite.
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

/// Measures mean and deviation (of the whole set or per pixel), and the ZCA matrix U (L + epsilon)^-1/2 U^T
/// of the covariance U L U^T of the standardised pixels (Bell and Sejnowski 1997), on `images`, whose rows
/// are images of `pixels` bytes. Whitening always subtracts each pixel's mean, even with a global deviation.
/// A constant pixel gets deviation 1. Keeps only divisor, factor and offset of `scale`. Throws
/// Error(invalid_argument) for no images, and for whitening of more than 4,096 pixels (the time grows with
/// their third power). REQUIRES images.size() to be a multiple of `pixels`.
Preprocessing fit_preprocessing(Preprocessing scale, const PreprocessingFit& fit,
                                std::span<const std::uint8_t> images, std::size_t pixels);

/// Applies preprocessing to batches. Holds scratch memory for `max_rows` images, so `apply` allocates
/// nothing. Only one thread may use it at a time.
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

}  // namespace scrawl
#pragma GCC visibility pop
