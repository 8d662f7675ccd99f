#pragma once

#include "scrawl/arrays.h"
#include "scrawl/compute.h"

#include "kernels/online.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace scrawl {

/// The pixels of an image that are not background, as the kernels of OnlineStep take them.
struct PixelList {
  const kernels::OnlineInput<float>* inputs = nullptr;
  std::size_t count = 0;  ///< a multiple of online_chains
  float value_sum = 0;

  /// Asks the memory for a list that will be needed soon.
  void fetch() const;
};

/// The lists of a few images, one behind the other.
class PixelLists {
 public:
  /// A byte becomes value_of_byte[byte] (256 values); that of 0 is the background, which counts as 0 here.
  PixelLists(std::size_t pixels, std::span<const float> value_of_byte, std::size_t max_images);

  void clear();
  /// Appends the list of an image. Allocates nothing. REQUIRES fewer than max_images lists.
  void append(std::span<const std::uint8_t> image, const Compute& compute);

  std::size_t size() const { return size_; }
  const PixelList& operator[](std::size_t i) const { return lists_[i]; }

 private:
  std::size_t pixels_;
  std::array<float, 256> value_of_byte_;  // less the background
  AlignedVector<std::uint32_t> packed_;   // scratch
  AlignedVector<kernels::OnlineInput<float>> inputs_;
  std::size_t used_ = 0;  // of inputs_
  std::vector<PixelList> lists_;
  std::size_t size_ = 0;  // of lists_
};

}  // namespace scrawl
