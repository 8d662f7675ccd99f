#include "scrawl/arrays.h"
#include "scrawl/error.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

namespace scrawl {

std::string to_string(const Shape& shape) {
  std::string text = std::to_string(shape.width);
  if (shape.channels != 1 || shape.height != 1) text = std::to_string(shape.height) + "x" + text;
  if (shape.channels != 1) text = std::to_string(shape.channels) + "x" + text;
  return text;
}

Shape parse_shape(std::string_view text) {
  constexpr std::size_t largest = std::size_t{1} << 24;
  const auto fail = [&](const char* why) -> Error {
    return {ErrorCode::invalid_argument, "'" + std::string(text) + "' is not an input shape: " + why +
                                             "; write N, HxW or CxHxW, such as 784, 28x28 or 3x32x32"};
  };
  std::vector<std::size_t> sizes;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    std::size_t value = 0;
    const auto [next, status] = std::from_chars(at, end, value);
    if (status != std::errc{} || value > largest) throw fail("a size is not a number or too large");
    if (value == 0) throw fail("a size is zero");
    sizes.push_back(value);
    if (next == end) break;
    if (*next != 'x' || sizes.size() == 3) throw fail("unexpected text after a size");
    at = next + 1;
  }
  while (sizes.size() < 3) sizes.insert(sizes.begin(), 1);
  if (sizes[0] * sizes[1] > largest || sizes[0] * sizes[1] * sizes[2] > largest)
    throw fail("more than 16777216 values");
  return {sizes[0], sizes[1], sizes[2]};
}

Shape picture_shape(const Shape& shape) {
  if (shape.channels != 1 || shape.height != 1) return shape;
  const auto side = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(shape.width))));
  return side * side == shape.width ? Shape{1, side, side} : shape;
}

std::optional<std::size_t> find_no_digit(std::span<const std::string> classes) {
  const auto found = std::find(classes.begin(), classes.end(), no_digit);
  if (found == classes.end()) return std::nullopt;
  return static_cast<std::size_t>(found - classes.begin());
}

}  // namespace scrawl
