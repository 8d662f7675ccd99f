#pragma once

#include "scrawl/compute.h"
#include "scrawl/ensemble.h"
#include "scrawl/memory.h"
#include "scrawl/preprocessing.h"

#include "base/spares.h"
#include "kernels/convolution.h"
#include "predict/activation_step.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace scrawl {

/// What a convolutional network does with pictures before its first dense layer, made ready for recognition:
/// from the bytes of images to the values that the dense layer takes.
///
/// Of many images, blocks of 16 lie in lanes (kernels/convolution.h); what is left goes through the kernels
/// for one image. Both sum in the same order, so an image has the same bits either way.
class PicturePlan {
 public:
  struct Workspace {
    Preprocessor preprocessor;
    AlignedVector<float> pixels;     // of a block of images, prepared
    AlignedVector<float> values[2];  // what a step reads and what it gives
    AlignedVector<float> scratch;    // of the convolution of one image
    AlignedVector<float> results;
  };
  using Loan = Spares<Workspace>::Loan;

  /// Nothing for a network that does not begin with convolutions, pooling and scrawl's own activations (a
  /// batch normalisation among them that fold_batchnorm() left is too much), and for one so large that images
  /// do not fit the memory.
  static std::optional<PicturePlan> make(const MemberView& member, const Compute& compute);

  /// How many of the network's layers it stands for.
  std::size_t layers() const { return layers_; }
  /// How many values it makes of an image.
  std::size_t outputs() const { return outputs_; }
  /// Whether many of them are 0.
  bool makes_zeros() const { return makes_zeros_; }
  bool has_finite_weights() const;

  /// The memory of a pass. Allocates only where more threads call it at once than ever before.
  Loan borrow() const {
    return spares_->lend([this] { return make_workspace(); });
  }

  /// images x outputs() values for that many images of bytes, valid until the workspace is used again.
  /// REQUIRES images <= most_images, and a Compute of one thread and the target that it was made for.
  const float* run(std::size_t images, const std::uint8_t* bytes, const Compute& compute,
                   Workspace& workspace) const;
  static constexpr std::size_t most_images = 2 * kernels::image_lanes;

 private:
  enum class Kind { convolution, max_pool, mean_pool, activation };
  /// A layer that does something.
  struct Step {
    Kind kind = Kind::activation;
    kernels::Window window = {};
    std::size_t outputs = 0;  ///< channels of the result
    bool relu = false;        ///< a convolution that a ReLU follows
    bool pooled = false;      ///< for one image a convolution does the step behind it as well
    std::size_t weights = 0;  ///< where they begin: taps x outputs, then the bias
    std::size_t padded = 0;   ///< the same in columns of padded_outputs()
    std::optional<ActivationStep> activation = std::nullopt;
  };

  PicturePlan() = default;
  bool plan(const Network& network, const Compute& compute);
  bool add_step(const LayerSpec& layer, const Shape& input, const Compute& compute);
  void fuse_pooling();
  bool plan_memory();
  void pack_weights(const Network& network, std::size_t layer, Step& step);
  Workspace make_workspace() const;
  void run_block(std::size_t images, float* results, const Compute& compute, Workspace& workspace) const;
  void run_one(const float* pixels, float* result, const Compute& compute, Workspace& workspace) const;

  Preprocessing preprocessing_;
  std::vector<Step> steps_;
  AlignedVector<float> weights_;
  std::size_t layers_ = 0;
  std::size_t inputs_ = 0;
  std::size_t outputs_ = 0;
  bool makes_zeros_ = false;
  std::size_t most_values_ = 0;  ///< of an image, between two steps
  std::size_t scratch_ = 0;
  std::unique_ptr<Spares<Workspace>> spares_ = std::make_unique<Spares<Workspace>>();
};

}  // namespace scrawl
