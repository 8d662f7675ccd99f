#pragma once

#include "scrawl/arrays.h"
#include "scrawl/compute.h"
#include "scrawl/preprocessing.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace scrawl {

/// The changed images of a training step, independent of the number of threads and of the rest of the batch.
class AugmentedBatch {
 public:
  /// Throws Error(invalid_argument) for plain vectors that are not squares, and as Augmenter does.
  AugmentedBatch(const Augmentation& augmentation, const Shape& shape, std::uint64_t seed,
                 std::size_t max_images, const Compute& compute);

  /// The images `indices` of `images` as shown at `step`, valid until the next call. Allocates nothing.
  /// REQUIRES at most max_images of them, and no more threads than in the constructor.
  std::span<const std::uint8_t> make(std::span<const std::uint8_t> images,
                                     std::span<const std::uint32_t> indices, std::uint64_t step,
                                     const Compute& compute);

 private:
  std::size_t pixels_;
  std::vector<Augmenter> augmenters_;  // one per thread
  std::vector<std::uint8_t> changed_;
};

/// The work of changing an image, in multiply-adds of training that take as long; for the choice of threads.
std::uint64_t augmentation_work(const Augmentation& augmentation, const Shape& shape);

}  // namespace scrawl
