#include "image/mnist_strokes.h"

#include "image/resample.h"
#include "image/stroke.h"

#include <algorithm>
#include <cstddef>

namespace scrawl {
namespace {

// MNIST's stroke widths: measured by stroke_width on the training images, enlarged four times; in 28x28
// pixels.
constexpr double thin_stroke = 1.6;   // 1 % are thinner
constexpr double usual_stroke = 2.5;  // half are thinner
constexpr std::size_t stroke_scale = 4;
constexpr std::size_t stroke_side = 20 * stroke_scale;

/// The digit with its longer side as in MNIST's form, but stroke_scale times as large, with room around it.
GreyImage enlarged(const GreyImage& digit) {
  const Box whole{.width = digit.width, .height = digit.height};
  const Box size = fitted(whole, stroke_side);
  const GreyImage inner = scaled(digit, whole, size.width, size.height);
  constexpr std::size_t room = 2 * stroke_scale;
  GreyImage result{.width = inner.width + 2 * room, .height = inner.height + 2 * room};
  result.pixels.resize(result.width * result.height);
  for (std::size_t y = 0; y < inner.height; ++y)
    std::copy_n(&inner.pixels[y * inner.width], inner.width,
                &result.pixels[(y + room) * result.width + room]);
  return result;
}

}  // namespace

MnistImage with_strokes_of_mnist(const GreyImage& digit) {
  GreyImage large = enlarged(digit);
  const double width = stroke_width(large) / stroke_scale;
  if (width >= thin_stroke) return to_mnist_form(digit);
  double squares = 0;
  double cubes = 0;
  for (const double value : large.pixels) {
    squares += value * value;
    cubes += value * value * value;
  }
  if (squares > 0)
    for (auto& pixel : large.pixels)
      pixel = static_cast<std::uint8_t>(std::min(255.0, pixel * 255.0 * squares / cubes));
  return to_mnist_form(thickened(large, (usual_stroke - width) / 2 * stroke_scale));
}

}  // namespace scrawl
