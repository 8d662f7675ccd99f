#include "image/mnist_form.h"

#include "image/resample.h"

#include <algorithm>
#include <cmath>

namespace scrawl {
namespace {

constexpr std::size_t box_side = 20;
constexpr unsigned ink_fraction = 4;  // ink is brighter than the maximum divided by this

/// The box around what is brighter than `threshold`; REQUIRES such a pixel.
Box ink_box(const GreyView& image, unsigned threshold) {
  std::size_t left = image.width;
  std::size_t right = 0;
  std::size_t top = image.height;
  std::size_t bottom = 0;
  for (std::size_t y = 0; y < image.height; ++y)
    for (std::size_t x = 0; x < image.width; ++x)
      if (image.row(y)[x] > threshold) {
        left = std::min(left, x);
        right = std::max(right, x + 1);
        top = std::min(top, y);
        bottom = y + 1;
      }
  return {.x = left, .y = top, .width = right - left, .height = bottom - top};
}

/// The sums of all values, and of all values times their column and row.
struct Moments {
  std::uint64_t mass = 0;
  std::uint64_t x = 0;
  std::uint64_t y = 0;
};

Moments moments_of(const GreyView& image) {
  Moments moments;
  for (std::size_t y = 0; y < image.height; ++y)
    for (std::size_t x = 0; x < image.width; ++x) {
      const std::uint64_t value = image.row(y)[x];
      moments.mass += value;
      moments.x += x * value;
      moments.y += y * value;
    }
  return moments;
}

std::uint8_t brightest_of(const GreyView& image) {
  std::uint8_t brightest = 0;
  for (std::size_t y = 0; y < image.height; ++y)
    brightest = std::max(brightest, *std::max_element(image.row(y), image.row(y) + image.width));
  return brightest;
}

/// How far a line of `size` pixels must move to bring its centre of mass, moment / mass, closest to 14.
std::size_t shift_to_centre(std::uint64_t moment, std::uint64_t mass, std::size_t size) {
  const std::uint64_t upper = (mnist_side + 1) * mass;  // 14.5 times two
  const std::uint64_t shift = upper > 2 * moment ? (upper - 2 * moment) / (2 * mass) : 0;
  return std::min<std::size_t>(shift, mnist_side - size);
}

}  // namespace

std::optional<Box> box_in_mnist_form(const GreyView& picture) {
  constexpr std::uint8_t least_brightest = 128;
  constexpr double most_off_centre = 0.6;  // MNIST moves by whole pixels, so its images are off by up to 0.5
  if (picture.width != mnist_side || picture.height != mnist_side) return std::nullopt;
  if (brightest_of(picture) < least_brightest) return std::nullopt;
  const Box box = ink_box(picture, 0);
  const std::size_t longer = std::max(box.width, box.height);
  const Moments moments = moments_of(picture);
  const auto is_centred = [&](std::uint64_t moment) {
    return std::abs(static_cast<double>(moment) / static_cast<double>(moments.mass) - 14) <= most_off_centre;
  };
  if (longer < 18 || longer > 20 || !is_centred(moments.x) || !is_centred(moments.y)) return std::nullopt;
  return box;
}

MnistImage to_mnist_form(const GreyImage& ink) {
  MnistImage result{};
  const auto brightest = std::max_element(ink.pixels.begin(), ink.pixels.end());
  if (brightest == ink.pixels.end() || *brightest == 0) return result;
  const Box box = ink_box(ink, *brightest / ink_fraction);
  const Box size = fitted(box, box_side);
  const GreyImage digit = scaled(ink, box, size.width, size.height);

  const Moments moments = moments_of(digit);
  if (moments.mass == 0) return result;  // too faint or too thin to be seen at this size
  const std::size_t left = shift_to_centre(moments.x, moments.mass, digit.width);
  const std::size_t top = shift_to_centre(moments.y, moments.mass, digit.height);
  for (std::size_t y = 0; y < digit.height; ++y)
    for (std::size_t x = 0; x < digit.width; ++x)
      result[(top + y) * mnist_side + left + x] = digit.pixels[y * digit.width + x];
  return result;
}

}  // namespace scrawl
