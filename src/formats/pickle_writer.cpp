#include "formats/pickle_writer.h"

#include "scrawl/error.h"

#include "formats/array_layout.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace scrawl {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t bytes_around_array = 256;  // its opcodes; more for shapes of many dimensions

/// The size of `data` as UTF-8 of Latin-1 text.
std::size_t text_size(std::span<const std::byte> data) {
  return data.size() + static_cast<std::size_t>(std::count_if(
                           data.begin(), data.end(), [](std::byte byte) { return byte >= std::byte{0x80}; }));
}

/// Writes opcodes; see Python's Lib/pickletools.py for each.
class PickleWriter {
 public:
  explicit PickleWriter(std::size_t size) {
    bytes_.reserve(size);
    opcodes("\x80\2"sv);
  }

  void opcodes(std::string_view text) { append(std::as_bytes(std::span(text))); }

  void array(const TensorView& tensor) {
    // numpy.core.multiarray._reconstruct(numpy.ndarray, (0,), "b"), then its state:
    // (1, shape, dtype, False for C order, data)
    opcodes("cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85U\1b\x87R(K\1("sv);
    for (const std::size_t length : tensor.shape) {
      opcodes("\x8a\x09"sv);  // LONG1, little-endian with a sign bit
      number(std::uint64_t{length});
      number(std::uint8_t{0});
    }
    // numpy.dtype(name, 0, 1), then its state: (3, byte order, None, None, None, -1, -1, 0)
    opcodes("tcnumpy\ndtype\nU\2"sv);
    const std::string type = numpy_descr(tensor.dtype);
    opcodes(type.substr(1));
    opcodes("K\0K\1\x87R(K\3U\1"sv);
    opcodes(type.substr(0, 1));
    opcodes("NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89"sv);
    latin1(tensor.data);
    opcodes("tb"sv);
  }

  Bytes finish() {
    opcodes(".");
    return std::move(bytes_);
  }

 private:
  template <class Number>
  void number(Number value) {
    append(std::as_bytes(std::span(&value, 1)));
  }
  void append(std::span<const std::byte> added) { bytes_.insert(bytes_.end(), added.begin(), added.end()); }

  /// _codecs.encode(text, "latin1")
  void latin1(std::span<const std::byte> data) {
    opcodes("c_codecs\nencode\nX"sv);
    number(static_cast<std::uint32_t>(text_size(data)));
    for (const std::byte byte : data) {
      if (byte >= std::byte{0x80}) bytes_.push_back(std::byte{0xC0} | byte >> 6);
      bytes_.push_back(byte < std::byte{0x80} ? byte : byte & std::byte{0xBF});
    }
    opcodes("X\6\0\0\0latin1\x86R"sv);
  }

  Bytes bytes_;
};

void check(const TensorView& tensor) {
  const auto fail = [&](const std::string& why) {
    return Error(ErrorCode::invalid_argument,
                 "cannot write the array '" + tensor.name + "' to a pickle: " + why);
  };
  if (numpy_descr(tensor.dtype).empty())
    throw fail("NumPy has no type " + tensor.dtype + "; make it float32");
  if (tensor_size(tensor.dtype, tensor.shape) != tensor.data.size())
    throw fail("its data does not fit its type and shape");
  if (text_size(tensor.data) > std::numeric_limits<std::uint32_t>::max())
    throw fail("it takes more than 4 GiB there; write a safetensors or npz file instead");
}

}  // namespace

Bytes encode_pickled_pairs(std::span<const std::pair<TensorView, TensorView>> pairs) {
  std::size_t size = bytes_around_array;
  for (const auto& pair : pairs)
    for (const TensorView* tensor : {&pair.first, &pair.second}) {
      check(*tensor);
      size += bytes_around_array + text_size(tensor->data);
    }
  PickleWriter writer(size);
  writer.opcodes("("sv);
  for (const auto& [images, labels] : pairs) {
    writer.array(images);
    writer.array(labels);
    writer.opcodes("\x86"sv);
  }
  writer.opcodes("t"sv);
  return writer.finish();
}

}  // namespace scrawl
