#include "formats/gzip.h"

#include "scrawl/error.h"

#include "base/free_memory.h"

#include <algorithm>
#include <limits>
#include <new>

#include <zlib.h>

namespace scrawl {
namespace {

constexpr int gzip_window = 15 + 16;  // zlib's code for its largest window and a gzip header

/// zlib counts in 32 bits.
uInt piece(std::size_t bytes) {
  return static_cast<uInt>(std::min<std::size_t>(bytes, std::numeric_limits<uInt>::max()));
}

/// Lets inflate or deflate go from the place `read` of the input and `written` of the output as far as it
/// gets.
template <class Run>
int advance(z_stream& stream, std::span<const std::byte> from, std::size_t& read, Bytes& to,
            std::size_t& written, const Run& run) {
  const uInt in = piece(from.size() - read);
  const uInt out = piece(to.size() - written);
  // zlib reads its input through a pointer that is not const, but never writes there.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(from.data() + read));
  stream.avail_in = in;
  stream.next_out = reinterpret_cast<Bytef*>(to.data() + written);
  stream.avail_out = out;
  const int status = run(read + in == from.size());
  read += in - stream.avail_in;
  written += out - stream.avail_out;
  return status;
}

struct Inflater {
  z_stream stream{};
  Inflater() {
    if (inflateInit2(&stream, gzip_window) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

}  // namespace

bool is_gzip(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

Bytes gunzip(std::span<const std::byte> bytes, const std::string& file, const UnpackLimits& limits) {
  const auto fail = [&](std::size_t offset, const std::string& message) {
    return Error(ErrorCode::bad_data, message, file, offset);
  };
  if (!is_gzip(bytes)) throw fail(0, "is not a gzip file: it must begin with the bytes 1f 8b");
  const std::uint64_t most = most_unpacked(bytes.size(), limits);
  Inflater inflater;
  z_stream& stream = inflater.stream;
  Bytes content;
  std::size_t read = 0;
  std::size_t written = 0;
  while (true) {
    if (written == content.size()) {
      const std::uint64_t room = std::min(std::max<std::uint64_t>(2 * written, 65536), most + 1);
      require_memory(static_cast<double>(room), "unpacking it", more_memory, file);
      content.resize(room);
    }
    const int status =
        advance(stream, bytes, read, content, written, [&](bool) { return inflate(&stream, Z_NO_FLUSH); });
    if (written > most)
      throw fail(read,
                 "unpacks to more than the " + std::to_string(most) +
                     " bytes that a file of this size is allowed; it is damaged or made to fill the memory; "
                     "if you trust it, raise --unpack-limit or --unpack-ratio");
    if (status == Z_STREAM_END) {
      const auto rest = bytes.subspan(read);
      if (std::all_of(rest.begin(), rest.end(), [](std::byte b) { return b == std::byte{0}; })) break;
      if (!is_gzip(rest)) throw fail(read, "unexpected bytes after the compressed data; remove them");
      inflateReset(&stream);
    } else if (status == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      throw fail(read, std::string("the compressed data is damaged (") +
                           (stream.msg != nullptr ? stream.msg : "unknown form") + "); get the file again");
    } else if (read == bytes.size() && stream.avail_out > 0) {
      throw fail(read, "the compressed data ends too early; get the file again");
    }
  }
  content.resize(written);
  return content;
}

Bytes gzip(std::span<const std::byte> bytes, int level) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw Error(ErrorCode::invalid_argument, "gzip's level must be 1 to 9, not " + std::to_string(level));
  Bytes packed(deflateBound(&stream, bytes.size()));
  std::size_t read = 0;
  std::size_t written = 0;
  int status = Z_OK;
  while (status == Z_OK)
    status = advance(stream, bytes, read, packed, written,
                     [&](bool last) { return deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH); });
  deflateEnd(&stream);
  packed.resize(written);
  return packed;
}

}  // namespace scrawl
