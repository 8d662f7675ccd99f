#include "scrawl/error.h"

#include "image/decoders.h"
#include "image/leptonica.h"

#include <cstdlib>

#include <leptonica/allheaders.h>

namespace scrawl {
namespace {

/// Little-endian.
std::uint32_t number_at(std::span<const std::byte> bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value |= std::to_integer<std::uint32_t>(bytes[at + i]) << 8 * i;
  return value;
}

}  // namespace

GreyImage decode_bmp(std::span<const std::byte> bytes, const std::string& file, const DecodeLimits& limits) {
  constexpr std::size_t header_bytes = 54;  // of both headers, in the form that all programs write
  const auto damaged = [&](const char* why) {
    return Error(ErrorCode::bad_data, std::string("is a damaged BMP file (") + why + "); get the file again",
                 file);
  };
  const auto unsupported = [&](const char* what) {
    return Error(ErrorCode::unsupported,
                 std::string("is a BMP picture ") + what + ", which is not read here; save it as PNG", file);
  };
  if (number_at(bytes, 14, 4) < 40) throw unsupported("in the form of OS/2");
  if (bytes.size() < header_bytes) throw damaged("the file ends too early");
  const std::uint64_t width = number_at(bytes, 18, 4);
  // A negative height says that the rows go from top to bottom.
  const auto signed_height = static_cast<std::int32_t>(number_at(bytes, 22, 4));
  const auto height = static_cast<std::uint64_t>(std::abs(static_cast<std::int64_t>(signed_height)));
  const std::uint64_t depth = number_at(bytes, 28, 2);
  check_picture_size(width, height, file, limits);
  if (number_at(bytes, 30, 4) != 0) throw unsupported("that is compressed");
  const std::uint64_t data_start = number_at(bytes, 10, 4);
  const std::uint64_t row_bytes = (width * depth + 31) / 32 * 4;
  if (data_start < header_bytes || data_start > bytes.size() ||
      bytes.size() - data_start < row_bytes * height)
    throw damaged("the file ends too early");

  silence_leptonica();
  const PixPtr read(pixReadMemBmp(reinterpret_cast<const l_uint8*>(bytes.data()), bytes.size()));
  if (!read) throw damaged("its header is wrong");
  const PixPtr colours(pixConvertTo32(read.get()));
  if (!colours) throw damaged("its palette is wrong");
  GreyImage image{.width = width, .height = height};
  image.pixels.resize(width * height);
  const l_uint32* const words = pixGetData(colours.get());
  const auto words_per_row = static_cast<std::size_t>(pixGetWpl(colours.get()));
  for (std::size_t y = 0; y < height; ++y)
    for (std::size_t x = 0; x < width; ++x) {
      const l_uint32 pixel = words[y * words_per_row + x];
      image.pixels[y * width + x] =
          luminance(pixel >> L_RED_SHIFT & 0xff, pixel >> L_GREEN_SHIFT & 0xff, pixel >> L_BLUE_SHIFT & 0xff);
    }
  return image;
}

}  // namespace scrawl
