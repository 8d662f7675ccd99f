#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

/// A grey picture: `height` rows of `width` pixels, contiguous, from 0 (black) to 255 (white).
struct GreyImage {
  std::size_t width = 0;
  std::size_t height = 0;
  std::vector<std::uint8_t> pixels = {};  ///< width * height values

  bool operator==(const GreyImage&) const = default;
};

/// A grey picture in borrowed memory, such as a camera's frame: the pixel in column x of row y is
/// pixels[y * stride + x].
struct GreyView {
  std::size_t width = 0;
  std::size_t height = 0;
  std::size_t stride = 0;  ///< bytes from one row to the next, at least width
  const std::uint8_t* pixels = nullptr;

  GreyView() = default;
  GreyView(std::size_t picture_width, std::size_t picture_height, std::size_t row_stride,
           const std::uint8_t* first_pixel)
      : width(picture_width), height(picture_height), stride(row_stride), pixels(first_pixel) {}
  GreyView(const GreyImage& image)
      : width(image.width), height(image.height), stride(image.width), pixels(image.pixels.data()) {}

  const std::uint8_t* row(std::size_t y) const { return pixels + y * stride; }
};

/// A rectangle of pixels: columns [x, x + width), rows [y, y + height).
struct Box {
  std::size_t x = 0;
  std::size_t y = 0;
  std::size_t width = 0;
  std::size_t height = 0;

  bool operator==(const Box&) const = default;
};

}  // namespace scrawl
#pragma GCC visibility pop
