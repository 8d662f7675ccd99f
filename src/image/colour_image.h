#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace scrawl {

struct Colour {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;

  bool operator==(const Colour&) const = default;
};

/// A picture in sRGB: `height` rows of `width` pixels without gaps, each red, green, blue from 0 to 255.
struct ColourImage {
  std::size_t width = 0;
  std::size_t height = 0;
  std::vector<std::uint8_t> pixels = {};  ///< 3 * width * height values

  /// All pixels of one colour.
  static ColourImage filled(std::size_t width, std::size_t height, const Colour& colour) {
    ColourImage image{.width = width, .height = height};
    image.pixels.reserve(3 * width * height);
    for (std::size_t i = 0; i < width * height; ++i)
      image.pixels.insert(image.pixels.end(), {colour.red, colour.green, colour.blue});
    return image;
  }

  /// REQUIRES x < width and y < height.
  Colour at(std::size_t x, std::size_t y) const {
    const std::uint8_t* const pixel = pixels.data() + 3 * (y * width + x);
    return {pixel[0], pixel[1], pixel[2]};
  }
  void set(std::size_t x, std::size_t y, const Colour& colour) {
    std::uint8_t* const pixel = pixels.data() + 3 * (y * width + x);
    pixel[0] = colour.red;
    pixel[1] = colour.green;
    pixel[2] = colour.blue;
  }

  bool operator==(const ColourImage&) const = default;
};

}  // namespace scrawl
