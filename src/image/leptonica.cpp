#include "image/leptonica.h"

#include <cassert>
#include <new>

#include <leptonica/allheaders.h>

namespace scrawl {

void PixDeleter::operator()(Pix* pix) const { pixDestroy(&pix); }

void silence_leptonica() {
  // Written once only: the level is a plain variable that other threads may be reading.
  [[maybe_unused]] static const l_int32 former = setMsgSeverity(L_SEVERITY_NONE);
}

PixPtr to_pix(const GreyImage& image) {
  PixPtr pix(pixCreateNoInit(static_cast<l_int32>(image.width), static_cast<l_int32>(image.height), 8));
  if (!pix) throw std::bad_alloc();
  // The last word of a row has bytes that no pixel fills; files would show what lay in memory there.
  pixSetPadBits(pix.get(), 0);
  l_uint32* const words = pixGetData(pix.get());
  const auto words_per_row = static_cast<std::size_t>(pixGetWpl(pix.get()));
  for (std::size_t y = 0; y < image.height; ++y)
    for (std::size_t x = 0; x < image.width; ++x)
      SET_DATA_BYTE(words + y * words_per_row, x, image.pixels[y * image.width + x]);
  return pix;
}

PixPtr to_pix(const ColourImage& image) {
  PixPtr pix(pixCreateNoInit(static_cast<l_int32>(image.width), static_cast<l_int32>(image.height), 32));
  if (!pix) throw std::bad_alloc();
  l_uint32* const words = pixGetData(pix.get());
  for (std::size_t i = 0; i < image.width * image.height; ++i)
    composeRGBPixel(image.pixels[3 * i], image.pixels[3 * i + 1], image.pixels[3 * i + 2], words + i);
  return pix;
}

GreyImage from_pix(const Pix& pix) {
  Pix* const source = const_cast<Pix*>(&pix);  // the functions below only read
  assert(pixGetDepth(source) == 8 && pixGetColormap(source) == nullptr);
  GreyImage image{.width = static_cast<std::size_t>(pixGetWidth(source)),
                  .height = static_cast<std::size_t>(pixGetHeight(source))};
  image.pixels.resize(image.width * image.height);
  const l_uint32* const words = pixGetData(source);
  const auto words_per_row = static_cast<std::size_t>(pixGetWpl(source));
  for (std::size_t y = 0; y < image.height; ++y)
    for (std::size_t x = 0; x < image.width; ++x)
      image.pixels[y * image.width + x] =
          static_cast<std::uint8_t>(GET_DATA_BYTE(words + y * words_per_row, x));
  return image;
}

}  // namespace scrawl
