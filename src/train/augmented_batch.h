#pragma once

#include "scrawl/arrays.h"
#include "scrawl/compute.h"
#include "scrawl/preprocessing.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace scrawl {

/// The images of a training step, changed. Divided over all threads: what becomes of an image depends neither
/// on who changes it nor on what else is in the batch.
class AugmentedBatch {
 public:
  /// A plain vector is a square where it can be one. Throws Error(invalid_argument) where it cannot, and as
  /// Augmenter does.
  AugmentedBatch(const Augmentation& augmentation, const Shape& shape, std::uint64_t seed,
                 std::size_t max_images, const Compute& compute);

  /// The images `indices` of `images` as step `step` shows them, one after the other; they stay until the
  /// next call. Allocates nothing. REQUIRES at most max_images of them, and no more threads than the
  /// constructor saw.
  std::span<const std::uint8_t> make(std::span<const std::uint8_t> images,
                                     std::span<const std::uint32_t> indices, std::uint64_t step,
                                     const Compute& compute);

 private:
  std::size_t pixels_;
  std::vector<Augmenter> augmenters_;  // one for each thread
  std::vector<std::uint8_t> changed_;
};

/// How much work it is to change an image, in multiplications and additions of the training that take as
/// long; for the choice of threads.
std::uint64_t augmentation_work(const Augmentation& augmentation, const Shape& shape);

}  // namespace scrawl
