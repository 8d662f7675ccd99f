#pragma once

#include "image/decode.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

/// The readers behind decode_picture, one per kind of file. Each is called with bytes that begin as its kind
/// does, and throws as decode_picture does.
namespace scrawl {

GreyImage decode_png(std::span<const std::byte> bytes, const std::string& file, const DecodeLimits& limits);
DecodedPicture decode_jpeg(std::span<const std::byte> bytes, const std::string& file,
                           const DecodeLimits& limits);
GreyImage decode_gif(std::span<const std::byte> bytes, const std::string& file, const DecodeLimits& limits);
GreyImage decode_tiff(std::span<const std::byte> bytes, const std::string& file, const DecodeLimits& limits);
GreyImage decode_webp(std::span<const std::byte> bytes, const std::string& file, const DecodeLimits& limits);
GreyImage decode_bmp(std::span<const std::byte> bytes, const std::string& file, const DecodeLimits& limits);
GreyImage decode_pnm(std::span<const std::byte> bytes, const std::string& file, const DecodeLimits& limits);

/// Throws Error(bad_data) unless a picture of this size may be unpacked.
void check_picture_size(std::uint64_t width, std::uint64_t height, const std::string& file,
                        const DecodeLimits& limits);

/// The luminance of ITU-R BT.601, in 65536ths; grey stays as it is.
constexpr std::uint8_t luminance(unsigned red, unsigned green, unsigned blue) {
  return static_cast<std::uint8_t>((19595 * red + 38470 * green + 7471 * blue + 32768) >> 16);
}

}  // namespace scrawl
