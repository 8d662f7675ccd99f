#pragma once

#include "base/files.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace scrawl {

/// An array of bytes from an IDX file, the format that MNIST is published in
/// (http://yann.lecun.com/exdb/mnist/): two zero bytes, the type of the values (8: unsigned byte), the number
/// of dimensions, each dimension as four bytes (big-endian), the values.
struct IdxArray {
  std::vector<std::size_t> shape;    ///< one to four dimensions, none zero
  std::vector<std::uint8_t> values;  ///< in C order
};

/// Bytes before the first value.
inline std::size_t idx_header_size(std::size_t dimensions) { return 4 + 4 * dimensions; }

/// Reads an IDX file, raw or compressed with gzip (recognised by its first bytes). Throws Error(bad_data)
/// with `file` and the offset for a bad magic number, another type than unsigned bytes, dimensions that are
/// zero or too large, truncation, and trailing bytes. In a compressed file the offset counts unpacked bytes,
/// and the message says so. Takes over the bytes of a raw file instead of copying them.
IdxArray parse_idx(std::vector<std::uint8_t> bytes, const std::string& file);
IdxArray read_idx(const std::filesystem::path& path);

/// The file as bytes. REQUIRES one to four dimensions, 0 < d < 2^32, whose product is the number of values.
Bytes encode_idx(std::span<const std::size_t> shape, std::span<const std::uint8_t> values);

}  // namespace scrawl
