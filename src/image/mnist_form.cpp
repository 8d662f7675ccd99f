#include "image/mnist_form.h"

#include "image/resample.h"

#include <algorithm>

namespace scrawl {
namespace {

constexpr std::size_t box_side = 20;
constexpr unsigned ink_fraction = 4;  // ink is brighter than the maximum divided by this

/// The box around what is brighter than `threshold`; REQUIRES such a pixel.
Box ink_box(const GreyImage& image, unsigned threshold) {
  std::size_t left = image.width;
  std::size_t right = 0;
  std::size_t top = image.height;
  std::size_t bottom = 0;
  for (std::size_t y = 0; y < image.height; ++y)
    for (std::size_t x = 0; x < image.width; ++x)
      if (image.pixels[y * image.width + x] > threshold) {
        left = std::min(left, x);
        right = std::max(right, x + 1);
        top = std::min(top, y);
        bottom = y + 1;
      }
  return {.x = left, .y = top, .width = right - left, .height = bottom - top};
}

/// How far a line of `size` pixels must move for its centre of mass, moment / mass, to come closest to 14;
/// never beyond the picture.
std::size_t shift_to_centre(std::uint64_t moment, std::uint64_t mass, std::size_t size) {
  const std::uint64_t upper = (mnist_side + 1) * mass;  // 14.5 times two
  const std::uint64_t shift = upper > 2 * moment ? (upper - 2 * moment) / (2 * mass) : 0;
  return std::min<std::size_t>(shift, mnist_side - size);
}

}  // namespace

MnistImage to_mnist_form(const GreyImage& ink) {
  MnistImage result{};
  const auto brightest = std::max_element(ink.pixels.begin(), ink.pixels.end());
  if (brightest == ink.pixels.end() || *brightest == 0) return result;
  const Box box = ink_box(ink, *brightest / ink_fraction);
  const Box size = fitted(box, box_side);
  const GreyImage digit = scaled(ink, box, size.width, size.height);

  std::uint64_t mass = 0;
  std::uint64_t moment_x = 0;
  std::uint64_t moment_y = 0;
  for (std::size_t y = 0; y < digit.height; ++y)
    for (std::size_t x = 0; x < digit.width; ++x) {
      const std::uint64_t value = digit.pixels[y * digit.width + x];
      mass += value;
      moment_x += x * value;
      moment_y += y * value;
    }
  if (mass == 0) return result;  // too faint or too thin to be seen at this size
  const std::size_t left = shift_to_centre(moment_x, mass, digit.width);
  const std::size_t top = shift_to_centre(moment_y, mass, digit.height);
  for (std::size_t y = 0; y < digit.height; ++y)
    for (std::size_t x = 0; x < digit.width; ++x)
      result[(top + y) * mnist_side + left + x] = digit.pixels[y * digit.width + x];
  return result;
}

}  // namespace scrawl
