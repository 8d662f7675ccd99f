#pragma once

#include "scrawl/arrays.h"

#include "base/files.h"
#include "image/leptonica.h"

#include <cstddef>
#include <memory>

#include <leptonica/allheaders.h>

/// What the tests of pictures need: files of many kinds, written by Leptonica.
namespace scrawl::test {

/// Every pixel another value, as far as 256 values go.
inline GreyImage gradient(std::size_t width, std::size_t height) {
  GreyImage image{.width = width, .height = height};
  for (std::size_t i = 0; i < width * height; ++i) image.pixels.push_back(static_cast<std::uint8_t>(i * 37));
  return image;
}

/// The picture as a file of a kind such as IFF_PNG, IFF_BMP or IFF_JFIF_JPEG (of the best quality).
inline Bytes encoded(Pix* pix, l_int32 kind) {
  l_uint8* data = nullptr;
  std::size_t size = 0;
  if (kind == IFF_JFIF_JPEG)
    pixWriteMemJpeg(&data, &size, pix, 100, 0);
  else
    pixWriteMem(&data, &size, pix, kind);
  const auto* const first = reinterpret_cast<const std::byte*>(data);
  Bytes bytes(first, first + size);
  lept_free(data);
  return bytes;
}

inline Bytes encoded(const GreyImage& image, l_int32 kind) { return encoded(to_pix(image).get(), kind); }

/// A picture of 32 bits a pixel.
inline PixPtr colour_pix(l_int32 width, l_int32 height) {
  PixPtr pix(pixCreate(width, height, 32));
  for (l_int32 y = 0; y < height; ++y)
    for (l_int32 x = 0; x < width; ++x)
      pixSetRGBPixel(pix.get(), x, y, x * 40 % 256, y * 60 % 256, (x + y) * 20 % 256);
  return pix;
}

}  // namespace scrawl::test
