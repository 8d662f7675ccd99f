#include "data/small_digits.h"

#include "image/mnist_form.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace scrawl {
namespace {

/// A digit of side * side values, where `black` is the background's and `white` that of full ink.
bool append(std::span<const float> pixels, std::size_t side, float black, float white,
            std::vector<std::uint8_t>& images) {
  if (pixels.size() != side * side) return false;
  // Written so that NaN is out of range too.
  if (!std::all_of(pixels.begin(), pixels.end(), [&](float v) { return v >= black && v <= white; }))
    return false;
  GreyImage image{.width = side, .height = side};
  for (const float value : pixels)
    image.pixels.push_back(
        static_cast<std::uint8_t>(std::floor((value - black) / (white - black) * 255.0F + 0.5F)));
  const MnistImage digit = to_mnist_form(image);
  images.insert(images.end(), digit.begin(), digit.end());
  return true;
}

}  // namespace

bool append_usps_row(std::span<const float> pixels, std::vector<std::uint8_t>& images) {
  return append(pixels, 16, -1.0F, 1.0F, images);
}

bool append_optdigits_row(std::span<const float> pixels, std::vector<std::uint8_t>& images) {
  return append(pixels, 8, 0.0F, 16.0F, images);
}

}  // namespace scrawl
