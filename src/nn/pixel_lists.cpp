#include "nn/pixel_lists.h"

#include "base/prefetch.h"
#include "kernels/kernels.h"

#include <cassert>

namespace scrawl {

using kernels::online_chains;

void PixelList::fetch() const { prefetch(inputs, count); }

PixelLists::PixelLists(std::size_t pixels, std::span<const float> value_of_byte, std::size_t max_images)
    : pixels_(pixels),
      value_of_byte_(),
      packed_(pixels + kernels::list_room),
      inputs_(max_images * (pixels + online_chains)),
      lists_(max_images) {
  assert(value_of_byte.size() == value_of_byte_.size());
  for (std::size_t i = 0; i < value_of_byte.size(); ++i)
    value_of_byte_[i] = value_of_byte[i] - value_of_byte[0];
}

void PixelLists::clear() { used_ = size_ = 0; }

void PixelLists::append(std::span<const std::uint8_t> image, const Compute& compute) {
  assert(image.size() == pixels_ && size_ < lists_.size());
  auto* const inputs = inputs_.data() + used_;
  const std::size_t count = compute.kernels().list_bytes(pixels_, image.data(), nullptr, packed_.data());
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t byte = packed_[i] >> 8U & 0xffU;
    inputs[i] = {packed_[i] >> 16U, value_of_byte_[byte]};
    sum += byte;
  }
  // The padding of a list is the row behind the weights, times 0.
  std::size_t end = count;
  for (; end % online_chains != 0; ++end) inputs[end] = {static_cast<std::uint32_t>(pixels_), 0};
  const float value_of_one = value_of_byte_.back() / 255;
  lists_[size_++] = {inputs, end, static_cast<float>(sum) * value_of_one};
  used_ += end;
}

}  // namespace scrawl
