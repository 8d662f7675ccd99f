#include "image/png.h"

#include "scrawl/error.h"

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

}  // namespace

Bytes encode_png(const GreyImage& image) {
  if (image.width == 0 || image.height == 0 || image.width > most_side || image.height > most_side ||
      image.pixels.size() != image.width * image.height)
    throw Error(ErrorCode::invalid_argument, "cannot write a picture of " + std::to_string(image.width) +
                                                 "x" + std::to_string(image.height) + " with " +
                                                 std::to_string(image.pixels.size()) +
                                                 " pixels as PNG: both sides must be 1 to " +
                                                 std::to_string(most_side) + " and the pixels their product");
  silence_leptonica();
  const PixPtr pix = to_pix(image);
  l_uint8* written = nullptr;
  std::size_t size = 0;
  const bool failed = pixWriteMemPng(&written, &size, pix.get(), 0.0F) != 0;
  const std::unique_ptr<l_uint8, LeptonicaFree> owner(written);
  if (failed) throw std::bad_alloc();  // nothing else can fail in memory
  const auto* const first = reinterpret_cast<const std::byte*>(written);
  return {first, first + size};
}

}  // namespace scrawl
