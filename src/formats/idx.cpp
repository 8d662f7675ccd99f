#include "formats/idx.h"

#include "scrawl/error.h"

#include "base/text.h"
#include "formats/gzip.h"
#include "formats/tensor.h"

#include <cassert>
#include <limits>

namespace scrawl {
namespace {

constexpr std::size_t most_idx_dimensions = 4;
constexpr std::uint8_t unsigned_byte = 0x08;

/// Which bytes are being read, for messages.
struct IdxSource {
  const std::string& file;
  bool packed;

  Error fail(std::size_t offset, std::string message) const {
    if (packed) message += " (counted in the unpacked file)";
    return {ErrorCode::bad_data, message, file, offset};
  }
};

const char* type_name(std::uint8_t type) {
  switch (type) {
    case 0x09: return "signed bytes";
    case 0x0b: return "16-bit integers";
    case 0x0c: return "32-bit integers";
    case 0x0d: return "32-bit floats";
    case 0x0e: return "64-bit floats";
    default: return nullptr;
  }
}

/// Checks the first four bytes; returns the number of dimensions.
std::size_t parse_magic(std::span<const std::uint8_t> bytes, const IdxSource& source) {
  if (bytes.size() < 4)
    throw source.fail(bytes.size(),
                      "an IDX file begins with four bytes of magic number, this one ends before");
  if (bytes[0] != 0 || bytes[1] != 0)
    throw source.fail(bytes[0] != 0 ? 0 : 1,
                      "is not an IDX file: it must begin with two zero bytes; give the file as it was "
                      "published, raw or .gz");
  if (const char* name = type_name(bytes[2]))
    throw source.fail(
        2, std::string("holds ") + name + "; only unsigned bytes (type 8) can be read, convert it");
  if (bytes[2] != unsigned_byte)
    throw source.fail(2, "is not an IDX file: the type of its values is " + std::to_string(bytes[2]) +
                             ", expected 8 (unsigned bytes)");
  const std::size_t dimensions = bytes[3];
  if (dimensions == 0 || dimensions > most_idx_dimensions)
    throw source.fail(3, "has " + counted(dimensions, "dimension") + ", expected 1 to 4");
  return dimensions;
}

std::vector<std::size_t> parse_shape(std::span<const std::uint8_t> bytes, const IdxSource& source) {
  const std::size_t dimensions = parse_magic(bytes, source);
  if (bytes.size() < idx_header_size(dimensions))
    throw source.fail(bytes.size(), "ends within the header, which has " +
                                        counted(idx_header_size(dimensions), "byte") +
                                        "; get the file again");
  std::vector<std::size_t> shape;
  std::size_t values = 1;
  for (std::size_t i = 0; i < dimensions; ++i) {
    const std::size_t at = idx_header_size(i);
    const std::size_t length = std::size_t{bytes[at]} << 24 | std::size_t{bytes[at + 1]} << 16 |
                               std::size_t{bytes[at + 2]} << 8 | std::size_t{bytes[at + 3]};
    if (length == 0)
      throw source.fail(at, "dimension " + std::to_string(i + 1) + " is zero; the file is damaged");
    if (values > std::numeric_limits<std::size_t>::max() / length)
      throw source.fail(at, "the dimensions multiply to more than any file holds; the file is damaged");
    values *= length;
    shape.push_back(length);
  }
  return shape;
}

}  // namespace

IdxArray parse_idx(std::vector<std::uint8_t> bytes, const std::string& file) {
  const auto raw = std::as_bytes(std::span(bytes));
  const IdxSource source{file, is_gzip(raw)};
  if (source.packed) {
    const Bytes unpacked = gunzip(raw, file);
    const auto* first = reinterpret_cast<const std::uint8_t*>(unpacked.data());
    bytes.assign(first, first + unpacked.size());
  }
  std::vector<std::size_t> shape = parse_shape(bytes, source);
  const std::size_t start = idx_header_size(shape.size());
  const std::size_t expected = *count_values(shape);
  const std::size_t found = bytes.size() - start;
  if (found < expected)
    throw source.fail(bytes.size(), "ends after " + std::to_string(found) + " of " +
                                        counted(expected, "value") + "; get the file again");
  if (found > expected)
    throw source.fail(start + expected, "has " + counted(found - expected, "byte") +
                                            " after the last value; get the file again");
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(start));
  return {std::move(shape), std::move(bytes)};
}

IdxArray read_idx(const std::filesystem::path& path) { return parse_idx(read_values(path), path.string()); }

Bytes encode_idx(std::span<const std::size_t> shape, std::span<const std::uint8_t> values) {
  assert(!shape.empty() && shape.size() <= most_idx_dimensions && count_values(shape) == values.size());
  Bytes bytes{std::byte{0}, std::byte{0}, std::byte{unsigned_byte}, static_cast<std::byte>(shape.size())};
  for (const std::size_t length : shape) {
    assert(length > 0 && length <= std::numeric_limits<std::uint32_t>::max());
    for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::byte>(length >> shift));
  }
  const auto content = std::as_bytes(values);
  bytes.insert(bytes.end(), content.begin(), content.end());
  return bytes;
}

}  // namespace scrawl
