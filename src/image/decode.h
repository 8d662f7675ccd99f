#pragma once

#include "image/grey_image.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace scrawl {

/// What a picture may measure at most. Checked against the file's header before anything is unpacked, since
/// a small file can claim, and a good packer can fill, a huge picture.
struct DecodeLimits {
  std::uint64_t most_pixels = 64'000'000;
  std::size_t most_side = 32768;
};

/// Whether the bytes begin as a picture file does, be it of a kind that decode_picture reads or of one that
/// it only knows by name.
bool is_picture(std::span<const std::byte> bytes);

/// Reads a PNG, JPEG, BMP or PNM (PBM, PGM, PPM) file; which one, the content says. Every picture becomes
/// eight bits of grey: colours by their luminance (0.299 red, 0.587 green, 0.114 blue), other depths scaled,
/// transparent parts over white. Colour profiles, gamma and orientation notes in the file are passed over.
///
/// Throws Error(bad_data) naming `file` for damaged and truncated files, for pictures beyond the limits and
/// for what is no picture, and Error(unsupported) for pictures of other kinds (TIFF, GIF, WebP ...) and
/// rare variants of these. Takes at most 16 bytes a pixel of the limits, and prints nothing.
GreyImage decode_picture(std::span<const std::byte> bytes, const std::string& file,
                         const DecodeLimits& limits = {});

}  // namespace scrawl
