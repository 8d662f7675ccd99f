#include "image/morphology.h"

#include "image/leptonica.h"

#include <algorithm>
#include <new>

#include <leptonica/allheaders.h>

namespace scrawl {
namespace {

using Operation = PIX* (*)(PIX*, l_int32, l_int32);

GreyImage transformed(const GreyImage& picture, Operation operation, std::size_t width, std::size_t height) {
  silence_leptonica();
  const PixPtr source = to_pix(picture);
  const PixPtr result(operation(source.get(), static_cast<l_int32>(width), static_cast<l_int32>(height)));
  if (!result) throw std::bad_alloc();
  return from_pix(*result);
}

}  // namespace

GreyImage dilated(const GreyImage& picture, std::size_t width, std::size_t height) {
  return transformed(picture, pixDilateGray, width, height);
}

GreyImage opened(const GreyImage& picture, std::size_t width, std::size_t height) {
  return transformed(picture, pixOpenGray, width, height);
}

GreyImage extended(const GreyImage& picture, std::size_t by) {
  GreyImage result{.width = picture.width + 2 * by, .height = picture.height + 2 * by};
  result.pixels.reserve(result.width * result.height);
  for (std::size_t y = 0; y < result.height; ++y) {
    const std::uint8_t* const row =
        &picture.pixels[std::min(std::max(y, by) - by, picture.height - 1) * picture.width];
    result.pixels.insert(result.pixels.end(), by, row[0]);
    result.pixels.insert(result.pixels.end(), row, row + picture.width);
    result.pixels.insert(result.pixels.end(), by, row[picture.width - 1]);
  }
  return result;
}

}  // namespace scrawl
