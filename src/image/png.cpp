#include "image/png.h"

#include "scrawl/error.h"

#include "base/text.h"
#include "image/leptonica.h"

#include <memory>
#include <new>
#include <string>

#include <leptonica/allheaders.h>

namespace scrawl {
namespace {

constexpr std::size_t most_side = 32768;

struct LeptonicaFree {
  void operator()(l_uint8* bytes) const { lept_free(bytes); }
};

void check(std::size_t width, std::size_t height, std::size_t values, std::size_t channels) {
  if (width > 0 && height > 0 && width <= most_side && height <= most_side &&
      values == width * height * channels)
    return;
  throw Error(ErrorCode::invalid_argument,
              "cannot write a picture of " + std::to_string(width) + "x" + std::to_string(height) + " with " +
                  counted(values, "value") + " as PNG: both sides must be 1 to " + std::to_string(most_side) +
                  " and the values their product" +
                  (channels > 1 ? ", " + std::to_string(channels) + " times" : ""));
}

Bytes encode(Pix* pix) {
  silence_leptonica();
  l_uint8* written = nullptr;
  std::size_t size = 0;
  const bool failed = pixWriteMemPng(&written, &size, pix, 0.0F) != 0;
  const std::unique_ptr<l_uint8, LeptonicaFree> owner(written);
  if (failed) throw std::bad_alloc();  // nothing else can fail in memory
  const auto* const first = reinterpret_cast<const std::byte*>(written);
  return {first, first + size};
}

}  // namespace

Bytes encode_png(const GreyImage& image) {
  check(image.width, image.height, image.pixels.size(), 1);
  return encode(to_pix(image).get());
}

Bytes encode_png(const ColourImage& image) {
  check(image.width, image.height, image.pixels.size(), 3);
  return encode(to_pix(image).get());
}

}  // namespace scrawl
