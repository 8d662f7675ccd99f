#pragma once

#include "scrawl/arrays.h"
#include "scrawl/compute.h"

#include "kernels/kernels.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace scrawl {

/// A batch of byte images for a network whose first layer skips zero pixels (four of five): the same outputs
/// and gradients as from values, much faster. Has memory for `max_images`; filling it allocates nothing.
template <class T>
class BasicByteBatch {
 public:
  /// `value_of_byte`: the value of each byte. REQUIRES value_of_byte[0] == 0.
  BasicByteBatch(std::size_t pixels, std::size_t max_images, const std::array<T, 256>& value_of_byte);

  /// Copies the images `indices` of `images` (rows of pixels() bytes), and prefetches the images `next` of
  /// the following batch (may be empty). REQUIRES indices.size() <= max_images, every index valid.
  void gather(std::span<const std::uint8_t> images, std::span<const std::uint32_t> indices,
              std::span<const std::uint32_t> next, const BasicCompute<T>& compute);
  /// Copies `count` images of `images`, starting at number `first`, and prefetches those after them.
  void take(std::span<const std::uint8_t> images, std::size_t first, std::size_t count,
            const BasicCompute<T>& compute);

  std::size_t images() const { return count_; }
  std::size_t pixels() const { return pixels_; }
  kernels::PixelBatch<T> view() const;

 private:
  template <class Ahead>
  void transpose(std::size_t count, const BasicCompute<T>& compute, const Ahead& ahead);

  std::size_t pixels_;
  std::size_t count_ = 0;
  std::array<T, 256> value_of_byte_;
  std::vector<const std::uint8_t*> rows_;  // one per image
  AlignedVector<std::uint8_t> bytes_;      // transposed: one row per pixel
};

using ByteBatch = BasicByteBatch<float>;

extern template class BasicByteBatch<float>;
extern template class BasicByteBatch<double>;

}  // namespace scrawl
