#pragma once

#include "scrawl/arrays.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace scrawl {

/// What a picture may measure at most. Checked against the file's header before anything is unpacked, since
/// a small file can claim, and a good packer can fill, a huge picture.
struct DecodeLimits {
  std::uint64_t most_pixels = 64'000'000;
  std::size_t most_side = 32768;
};

/// A picture, and what was wrong with its file though it could be read: "lacks its end marker; ...".
struct DecodedPicture {
  GreyImage image = {};
  std::vector<std::string> warnings = {};
};

/// Whether the bytes begin as a picture file does, even one that decode_picture only knows by name.
bool is_picture(std::span<const std::byte> bytes);

/// Reads a PNG, JPEG, GIF, TIFF, WebP, BMP or PNM (PBM, PGM, PPM) file; which one, the content says. Of a GIF
/// the first picture is read, of a TIFF the first page. Every picture becomes eight bits of grey: colours by
/// their luminance (0.299 red, 0.587 green, 0.114 blue), inks of printing (CMYK) as the light that they
/// leave, other depths scaled, transparent parts over white, or over black where all that is visible is
/// bright. It is turned as the camera was held where JPEG, PNG and WebP (by EXIF) and TIFF say so; an EXIF
/// block that makes no sense is passed over, and so are colour profiles and gamma.
///
/// Throws Error(bad_data) naming `file` for damaged and truncated files, for pictures beyond the limits and
/// for what is no picture, and Error(unsupported) for pictures of other kinds (HEIC, AVIF, JPEG 2000 ...),
/// for PDF and SVG, and for rare variants: animated WebP, JPEG that is lossless or has 12 bits a sample, and
/// TIFF of 12 or 32 bits a sample or compressed in another way than by LZW, Deflate, PackBits, JPEG or CCITT
/// fax. What kinds without checksums cannot tell, a
/// changed pixel above all, goes unnoticed; so does what lies behind the first picture of a GIF.
///
/// Takes at most 16 bytes a pixel of the limits besides a few times the file's size, and prints nothing.
DecodedPicture decode_with_warnings(std::span<const std::byte> bytes, const std::string& file,
                                    const DecodeLimits& limits = {});

/// The picture alone, for those who have no use for warnings.
GreyImage decode_picture(std::span<const std::byte> bytes, const std::string& file,
                         const DecodeLimits& limits = {});

}  // namespace scrawl
