#pragma once

#include "scrawl/error.h"

#include "base/files.h"

#include <cstddef>
#include <span>
#include <string>

namespace scrawl {

/// Whether the bytes begin as a gzip file does.
bool is_gzip(std::span<const std::byte> bytes);

/// Decompresses all members of a gzip file. Throws Error(bad_data) naming `file` and the byte in it for
/// damage, a wrong checksum, truncation, bytes that follow the last member (zeros excepted, as tapes have
/// them), and for more output than the limits allow; memory grows with the output, never ahead of it.
Bytes gunzip(std::span<const std::byte> bytes, const std::string& file, const UnpackLimits& limits = {});

/// One gzip member with neither name nor time, so that equal bytes give equal files.
/// `level` is zlib's, 1 (fast) to 9 (small).
Bytes gzip(std::span<const std::byte> bytes, int level = 6);

}  // namespace scrawl
