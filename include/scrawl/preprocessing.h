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

/// How the bytes of an image become the numbers that a model sees. Plain data, stored inside the model file,
/// so that a model always sees pixels as it saw them in training. For pixel p of an image:
///
///     x = byte / divisor * factor + offset
///     x = (x - mean[p]) / deviation[p]      where mean and deviation are given
///     x = whitening * x                     where it is given; rows of the matrix are outputs
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

  /// A byte of 0 becomes 0, so that images keep their empty background.
  bool keeps_zeros() const { return offset == 0 && mean.empty() && whitening.empty(); }

  /// What a pixel becomes depends on its byte alone, and not on its place.
  bool maps_bytes() const { return mean.size() <= 1 && deviation.size() <= 1 && whitening.empty(); }

  bool operator==(const Preprocessing&) const = default;
};

/// What each byte becomes. REQUIRES preprocessing.maps_bytes().
std::array<float, 256> byte_values(const Preprocessing& preprocessing);

/// Throws Error(invalid_argument) if the arrays do not fit images of `pixels` values, a divisor or deviation
/// is zero, or anything is not finite.
void validate(const Preprocessing& preprocessing, std::size_t pixels);

/// One line for people: "byte / 255, minus mean, over deviation (per pixel)".
std::string to_string(const Preprocessing& preprocessing);

/// What shall be measured on the training images and put into a Preprocessing.
enum class Standardise { none, global, per_pixel };
struct PreprocessingFit {
  Standardise standardise = Standardise::none;
  bool whiten = false;
  float whitening_epsilon =
      0.1F;  ///< above 0; added to the covariance's eigenvalues; larger keeps more noise down
};

/// Measures mean and deviation (of the whole set or per pixel) and the ZCA matrix U (L + epsilon)^-1/2 U^T of
/// the covariance U L U^T of the standardised pixels (Bell and Sejnowski 1997) on `images`, whose rows are
/// images of `pixels` bytes. Whitening always subtracts each pixel's own mean, also with a global deviation.
/// A pixel that never changes gets deviation 1. Keeps divisor, factor and offset of `scale` and nothing else.
/// Throws Error(invalid_argument) for no images, and for whitening of more than 4,096 pixels (the time grows
/// with their third power). REQUIRES images.size() to be a multiple of `pixels`.
Preprocessing fit_preprocessing(Preprocessing scale, const PreprocessingFit& fit,
                                std::span<const std::uint8_t> images, std::size_t pixels);

/// Applies preprocessing to batches. Holds scratch memory for `max_rows` images, so that `apply` allocates
/// nothing; one thread at a time.
class Preprocessor {
 public:
  Preprocessor(Preprocessing preprocessing, std::size_t pixels, std::size_t max_rows);

  const Preprocessing& preprocessing() const { return preprocessing_; }
  std::size_t pixels() const { return pixels_; }

  /// Row r of `out` becomes the preprocessed image `indices[r]` of `images` (rows of `pixels` bytes).
  /// REQUIRES out.columns() == pixels, out.rows() == indices.size() <= max_rows, every index valid.
  void gather(std::span<const std::uint8_t> images, std::span<const std::uint32_t> indices,
              const Compute& compute, MatrixView<float> out);
  /// The same for out.rows() consecutive images.
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
