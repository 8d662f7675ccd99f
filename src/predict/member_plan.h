#pragma once

#include "scrawl/compute.h"
#include "scrawl/ensemble.h"
#include "scrawl/loss.h"
#include "scrawl/memory.h"

#include "predict/activation_step.h"
#include "predict/picture_plan.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace scrawl {

/// A model made ready for one thing: from the bytes of images to probabilities, without an allocation.
///
/// What a convolutional network has before its first dense layer is an PicturePlan. A network of dense layers
/// alone takes the bytes as they are: every preprocessing is linear, so it is folded into the weights and the
/// bias of the first layer (in double), which leaves out the bytes that are 0, whatever the background means
/// to the network. Later layers leave out what ReLU made 0. Sums are in index order, but in layers of at most
/// 16 outputs they are in chains (kernels::ListedGemm). So the probabilities are those of
/// predict_probabilities() but for roundings, of about 1e-7; and they are the same bits for any number of
/// images at a time and on every instruction set.
class MemberPlan {
 public:
  /// Batch normalisation directly behind a convolution or a dense layer becomes part of it (fold_batchnorm).
  /// Nothing for a model whose dense layers have other things among them than scrawl's own activations, at
  /// most one behind each, or something before them that no PicturePlan does; whose layers are so wide that
  /// one image does not fit the scratch memory; or whose weights are not finite. Takes time in proportion to
  /// the weights; with whitening, to pixels * pixels * outputs of the first layer.
  static std::optional<MemberPlan> make(const MemberView& member, Target target);

  /// The probabilities (images x classes, row by row) for images of as many bytes as the model has inputs.
  /// Takes 200 KB of the stack. Several threads may call it at once; with an PicturePlan, allocates where
  /// more do than ever before. REQUIRES sizes that fit.
  void predict(std::span<const std::uint8_t> images, std::span<float> probabilities,
               std::span<std::uint8_t> predictions = {}) const;

 private:
  /// Columns of a layer that are computed together.
  struct Strip {
    std::size_t columns = 0;  ///< a multiple of 16; those beyond the layer's outputs have weights of 0
    std::size_t weights = 0;  ///< where its weights begin, inputs x columns without gaps; then comes its bias
  };
  struct DenseLayer {
    std::size_t inputs = 0;
    std::size_t outputs = 0;
    std::size_t width = 0;  ///< the columns of all strips
    std::optional<ActivationStep> activation = std::nullopt;
    bool makes_zeros = false;  ///< the activation, of many outputs
    std::vector<Strip> strips = {};
  };
  struct Scratch;

  MemberPlan(const MemberView& member, Target target);
  static std::optional<MemberPlan> make_folded(const MemberView& member, Target target);
  bool plan_front(const MemberView& member);
  bool plan_layers(const ModelSpec& spec);
  bool plan_memory();
  bool has_finite_weights() const;
  void pack_weights(const MemberView& member);
  void predict_block(std::size_t rows, const std::uint8_t* images, const float* values, float* probabilities,
                     std::uint8_t* predictions, Scratch& scratch) const;
  void make_lists(std::size_t rows, const DenseLayer& layer, const std::uint8_t* images, const float* values,
                  std::size_t stride, std::uint32_t* lists) const;

  Compute compute_;
  LossSpec loss_;
  std::size_t pixels_;
  std::size_t classes_;
  std::optional<PicturePlan> front_;
  std::vector<DenseLayer> layers_;
  AlignedVector<float> weights_;
  std::size_t room_[2] = {};     ///< the most numbers that layers 0, 2 ... and 1, 3 ... make of an image
  std::size_t list_stride_ = 0;  ///< room for a list of the most inputs
  std::size_t block_ = 0;        ///< how many images the scratch memory has room for
  std::size_t most_listed_ = 0;  ///< how many of them have room for lists
};

}  // namespace scrawl
