#pragma once

#include "scrawl/arrays.h"
#include "scrawl/network.h"
#include "scrawl/preprocessing.h"

#include "kernels/convolution.h"

#include <cstddef>
#include <optional>
#include <vector>

/// What a plan does, as plain data: compile() makes it and MemberPlan runs it.
namespace scrawl {

/// A layer, or two in one.
struct Step {
  enum class Kind { dense, convolution, max_pool, mean_pool, norm, activation };
  /// Columns of a dense layer that are computed together.
  struct Strip {
    std::size_t columns = 0;  ///< a multiple of 16; those beyond the layer's outputs have weights of 0
    std::size_t weights = 0;  ///< where its weights begin, inputs x columns without gaps; then comes its bias
  };

  Kind kind = Kind::dense;
  std::size_t outputs = 0;      ///< of a dense layer; of pictures, channels
  kernels::Window window = {};  ///< of a convolution or pooling
  std::size_t weights = 0;      ///< where those of a convolution begin: taps x outputs, then the bias; of a
                                ///< normalisation the factors, then the offsets
  std::size_t padded_weights = 0;  ///< the same in columns of padded_outputs()
  bool relu = false;               ///< a convolution or normalisation with the ReLU after it
  bool pooled = false;             ///< for one image a convolution with the pooling after it
  std::size_t inputs = 0;          ///< of a dense layer
  std::size_t width = 0;           ///< the columns of all its strips
  std::vector<Strip> strips = {};
  bool many_zeros = false;  ///< in the inputs of a dense layer
  LayerSpec activation = {};

  /// The values that a convolution or pooling makes of an image.
  std::size_t picture_values() const { return outputs * window.out_places(); }
};

/// Scratch memory of a block of images that goes through dense layers.
constexpr std::size_t scratch_lists = std::size_t{16} * 1024;
constexpr std::size_t scratch_numbers = std::size_t{32} * 1024;

struct Steps {
  std::vector<Step> pictures;  ///< on prepared pixels
  std::vector<Step> dense;     ///< then these, up to the outputs. If they are the only ones, on the bytes
  AlignedVector<float> weights;
  Preprocessing preprocessing;  ///< of the pixels that `pictures` take

  std::size_t inputs = 0;           ///< of the network
  std::size_t outputs = 0;          ///< of the network
  std::size_t picture_outputs = 0;  ///< the values of an image after `pictures`
  std::size_t most_values = 0;      ///< of an image between two of them
  std::size_t scratch = 0;          ///< of a convolution of one image

  std::size_t room[2] = {};     ///< the most numbers that dense layers 0, 2 ... and 1, 3 ... make of an image
  std::size_t list_stride = 0;  ///< room for a list of the most inputs
  std::size_t block = 0;        ///< how many images scratch_numbers is enough for
  std::size_t most_listed = 0;  ///< how many of them scratch_lists is enough for

  bool take_bytes() const { return pictures.empty() && !dense.empty(); }
};

/// The steps of a network: what is constant is folded (fold.h), activations and pooling are part of the
/// convolution before them, and weights lie as the kernels read them. Takes time in proportion to the
/// weights; with whitening, to pixels * pixels * outputs of the first layer.
///
/// Nothing for a network with layers of a program's own, a batch normalisation of a plain vector that does
/// not follow weights, or a picture after a dense layer; and for layers so wide that an image does not fit
/// the memory, or weights that are not finite: inf * 0 is NaN, so that skipping zeros would change the
/// result.
std::optional<Steps> compile(const Network& network, const Preprocessing& preprocessing);

}  // namespace scrawl
