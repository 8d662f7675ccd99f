#pragma once

#include <cstdint>
#include <span>
#include <vector>

/// Digits of other sets, which are smaller than MNIST's, in MNIST's form (see image/mnist_form.h).
namespace scrawl {

/// Appends the 784 bytes of one digit of the USPS set: 16x16 values from -1 (background) to 1 (ink), row by
/// row. Returns false, and appends nothing, unless there are 256 values, all in this range; the caller knows
/// file and line.
bool append_usps_row(std::span<const float> pixels, std::vector<std::uint8_t>& images);

/// The same for a digit of UCI's optdigits: 8x8 values from 0 to 16, each the number of ink pixels in a cell
/// of 4x4.
bool append_optdigits_row(std::span<const float> pixels, std::vector<std::uint8_t>& images);

}  // namespace scrawl
