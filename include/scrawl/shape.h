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

/// "784", "28x28" or "3x32x32": the shortest equivalent form.
std::string to_string(const Shape& shape);

/// Parses `N`, `HxW` or `CxHxW`. Throws Error(invalid_argument) for anything else, for a zero and for more
/// than 2^24 values in total (reduce larger pictures before the network).
Shape parse_shape(std::string_view text);

/// The shape for showing an image: the same, except that a plain vector becomes a square if its size allows.
Shape picture_shape(const Shape& shape);

}  // namespace scrawl
#pragma GCC visibility pop
