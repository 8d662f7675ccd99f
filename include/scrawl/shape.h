#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#pragma GCC visibility push(default)
namespace scrawl {

/// The shape of one sample. A plain vector of N values is {1, 1, N}. Samples are stored in C, H, W order.
struct Shape {
  std::size_t channels = 1;
  std::size_t height = 1;
  std::size_t width = 1;

  std::size_t size() const { return channels * height * width; }
  bool operator==(const Shape&) const = default;
};

/// "784", "28x28" or "3x32x32": the shortest form that says the same.
std::string to_string(const Shape& shape);

/// Reads `N`, `HxW` or `CxHxW`. Throws Error(invalid_argument) for anything else, for a zero and for more
/// than 2^24 values in all (larger pictures belong in front of a network that makes them smaller).
Shape parse_shape(std::string_view text);

/// The shape in which an image is shown: the same, but a plain vector is a square if it can be one.
Shape picture_shape(const Shape& shape);

}  // namespace scrawl
#pragma GCC visibility pop
