#pragma once

#include <cstdint>
#include <span>
#include <vector>

/// Digits of other sets, which are smaller than MNIST's, in MNIST's form (see image/mnist_form.h).
namespace scrawl {

/// Appends the 784 bytes of a USPS digit: 16x16 values from -1 (background) to 1 (ink), row by row. Returns
/// false, and appends nothing, unless there are 256 values in this range.
bool append_usps_row(std::span<const float> pixels, std::vector<std::uint8_t>& images);

/// The same for a digit of UCI's optdigits: 8x8 values from 0 to 16, the ink pixels of a 4x4 cell.
bool append_optdigits_row(std::span<const float> pixels, std::vector<std::uint8_t>& images);

}  // namespace scrawl
