#include "train/augmented_batch.h"

#include "scrawl/error.h"

#include "base/text.h"

#include <algorithm>

namespace scrawl {
namespace {

constexpr std::size_t images_of_a_thread = 4;  ///< fewer do not pay for waking a thread

}  // namespace

AugmentedBatch::AugmentedBatch(const Augmentation& augmentation, const Shape& shape, std::uint64_t seed,
                               std::size_t max_images, const Compute& compute)
    : pixels_(shape.size()) {
  const Shape picture = picture_shape(shape);
  if (picture.channels == 1 && picture.height == 1 && picture.width > 1)
    throw Error(ErrorCode::invalid_argument,
                "augment: the data set has plain vectors of " + counted(shape.size(), "value") +
                    ", which cannot be rotated or shifted like pictures; remove the section");
  augmenters_.reserve(compute.threads());
  for (std::size_t i = 0; i < compute.threads(); ++i)
    augmenters_.emplace_back(augmentation, picture, seed, compute.target());
  changed_.resize(max_images * pixels_);
}

std::span<const std::uint8_t> AugmentedBatch::make(std::span<const std::uint8_t> images,
                                                   std::span<const std::uint32_t> indices, std::uint64_t step,
                                                   const Compute& compute) {
  const std::size_t count = indices.size();
  const std::size_t pieces =
      std::min(augmenters_.size(), (count + images_of_a_thread - 1) / images_of_a_thread);
  const std::span out(changed_);
  compute.pool().run(pieces, [&](std::size_t piece) {
    for (std::size_t i = count * piece / pieces; i < count * (piece + 1) / pieces; ++i)
      augmenters_[piece].apply(images.subspan(indices[i] * pixels_, pixels_),
                               static_cast<std::uint32_t>(step), indices[i],
                               out.subspan(i * pixels_, pixels_));
  });
  return out.first(count * pixels_);
}

std::uint64_t augmentation_work(const Augmentation& augmentation, const Shape& shape) {
  return augmentation.is_off() ? 0 : 200 * std::uint64_t{shape.size()};
}

}  // namespace scrawl
