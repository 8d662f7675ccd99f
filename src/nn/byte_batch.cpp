#include "nn/byte_batch.h"

#include "base/prefetch.h"
#include "kernels/kernels.h"

#include <algorithm>
#include <cassert>

namespace scrawl {
namespace {

// The kernels read 64 bytes from any image on.
constexpr std::size_t read_ahead = 64;

}  // namespace

template <class T>
BasicByteBatch<T>::BasicByteBatch(std::size_t pixels, std::size_t max_images,
                                  const std::array<T, 256>& value_of_byte)
    : pixels_(pixels),
      value_of_byte_(value_of_byte),
      rows_(max_images),
      bytes_(pixels * kernels::byte_stride_for(max_images) + read_ahead) {
  assert(value_of_byte[0] == T{0});
}

template <class T>
void BasicByteBatch<T>::gather(std::span<const std::uint8_t> images, std::span<const std::uint32_t> indices,
                               std::span<const std::uint32_t> next, const BasicCompute<T>& compute) {
  assert(indices.size() <= rows_.size());
  for (std::size_t i = 0; i < indices.size(); ++i) {
    assert((std::size_t{indices[i]} + 1) * pixels_ <= images.size());
    rows_[i] = images.data() + indices[i] * pixels_;
  }
  transpose(indices.size(), compute, [&](std::size_t begin, std::size_t end) {
    for (const std::uint32_t index : next) prefetch(&images[index * pixels_ + begin], end - begin);
  });
}

template <class T>
void BasicByteBatch<T>::take(std::span<const std::uint8_t> images, std::size_t first, std::size_t count,
                             const BasicCompute<T>& compute) {
  assert(count <= rows_.size() && (first + count) * pixels_ <= images.size());
  for (std::size_t i = 0; i < count; ++i) rows_[i] = images.data() + (first + i) * pixels_;
  const std::size_t end_of_next = std::min(first + 2 * count, images.size() / pixels_);
  transpose(count, compute, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = first + count; i < end_of_next; ++i)
      prefetch(&images[i * pixels_ + begin], end - begin);
  });
}

/// Calls ahead(begin, end) behind each piece, for the pixels that the same thread will have next time.
template <class T>
template <class Ahead>
void BasicByteBatch<T>::transpose(std::size_t count, const BasicCompute<T>& compute, const Ahead& ahead) {
  count_ = count;
  const std::size_t stride = kernels::byte_stride_for(count);
  compute.pool().run_ranges(pixels_, cache_line, [&](std::size_t begin, std::size_t end) {
    compute.kernels().transpose_bytes(count, begin, end, rows_.data(), bytes_.data() + begin * stride);
    ahead(begin, end);
  });
}

template <class T>
kernels::PixelBatch<T> BasicByteBatch<T>::view() const {
  return {.images = count_,
          .pixels = pixels_,
          .bytes = bytes_.data(),
          .byte_stride = kernels::byte_stride_for(count_),
          .value_of_byte = value_of_byte_.data()};
}

template class BasicByteBatch<float>;
template class BasicByteBatch<double>;

}  // namespace scrawl
