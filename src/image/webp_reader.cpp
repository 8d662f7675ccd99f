#include "scrawl/error.h"

#include "image/decoders.h"
#include "image/leptonica.h"
#include "image/orientation.h"
#include "image/transparency.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <leptonica/allheaders.h>

namespace scrawl {
namespace {

/// What the chunk of this name holds, or nothing. A WebP file is "RIFF", a size, "WEBP", and then chunks: a
/// name of four letters, a size, the contents, filled up to an even size.
std::string_view chunk(std::string_view file, std::string_view name) {
  constexpr std::size_t header = 8;
  std::size_t at = 12;
  while (file.size() >= at + header) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4; ++i)
      size |= static_cast<std::size_t>(static_cast<unsigned char>(file[at + 4 + i])) << 8 * i;
    if (file.substr(at, 4) == name) return file.substr(at + header, size);
    at += header + size + size % 2;
  }
  return {};
}

}  // namespace

GreyImage decode_webp(std::span<const std::byte> bytes, const std::string& file, const DecodeLimits& limits) {
  const auto damaged = [&] {
    return Error(ErrorCode::bad_data, "is a damaged or incomplete WebP file; get the file again", file);
  };
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  constexpr unsigned animation_flag = 2;
  const std::string_view features = chunk(text, "VP8X");
  if (!features.empty() && (static_cast<unsigned char>(features[0]) & animation_flag) != 0)
    throw Error(ErrorCode::unsupported,
                "is an animated WebP picture, which scrawl cannot read; convert one of its pictures to PNG",
                file);

  silence_leptonica();
  const auto* const data = reinterpret_cast<const l_uint8*>(bytes.data());
  l_int32 width = 0, height = 0, channels = 0;
  if (readHeaderMemWebP(data, bytes.size(), &width, &height, &channels) != 0) throw damaged();
  check_picture_size(static_cast<std::uint64_t>(std::max(width, 0)),
                     static_cast<std::uint64_t>(std::max(height, 0)), file, limits);
  const PixPtr pix(pixReadMemWebP(data, bytes.size()));
  if (!pix) throw damaged();

  GreyImage image{.width = static_cast<std::size_t>(pixGetWidth(pix.get())),
                  .height = static_cast<std::size_t>(pixGetHeight(pix.get()))};
  image.pixels.resize(image.width * image.height);
  const bool has_opacity = pixGetSpp(pix.get()) == 4;
  const l_uint32* const words = pixGetData(pix.get());
  std::transform(words, words + image.pixels.size(), image.pixels.begin(), [&](l_uint32 pixel) {
    const std::uint8_t grey =
        luminance(pixel >> L_RED_SHIFT & 0xff, pixel >> L_GREEN_SHIFT & 0xff, pixel >> L_BLUE_SHIFT & 0xff);
    return has_opacity ? seen(grey, pixel & 0xff) : grey;
  });
  if (has_opacity) {
    std::vector<std::uint8_t> opacity(image.pixels.size());
    std::transform(words, words + opacity.size(), opacity.begin(),
                   [](l_uint32 pixel) { return static_cast<std::uint8_t>(pixel & 0xff); });
    image = over_ground(std::move(image), opacity);
  }
  const std::string_view exif = chunk(text, "EXIF");
  return upright(std::move(image), exif_orientation(std::as_bytes(std::span(exif))));
}

}  // namespace scrawl
