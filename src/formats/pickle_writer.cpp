#include "formats/pickle_writer.h"

#include "scrawl/error.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace scrawl {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t bytes_around_array = 256;  // its opcodes; more for shapes of many dimensions

std::string_view numpy_name(std::string_view dtype) {
  struct Name {
    std::string_view safetensors;
    std::string_view numpy;
  };
  constexpr Name names[] = {{"F16", "f2"}, {"F32", "f4"}, {"F64", "f8"}, {"I8", "i1"},
                            {"I16", "i2"}, {"I32", "i4"}, {"I64", "i8"}, {"U8", "u1"},
                            {"U16", "u2"}, {"U32", "u4"}, {"U64", "u8"}, {"BOOL", "b1"}};
  for (const Name& name : names)
    if (name.safetensors == dtype) return name.numpy;
  return {};
}

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

  void opcodes(std::string_view text) {
    const auto added = std::as_bytes(std::span(text));
    bytes_.insert(bytes_.end(), added.begin(), added.end());
  }

  void array(const TensorView& tensor) {
    // numpy.core.multiarray._reconstruct(numpy.ndarray, (0,), "b"), then its state:
    // (1, shape, dtype, False for C order, data)
    opcodes("cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85U\1b\x87R(K\1("sv);
    for (const std::size_t length : tensor.shape) whole(length);
    // numpy.dtype(name, 0, 1), then its state: (3, byte order, None, None, None, -1, -1, 0)
    opcodes("tcnumpy\ndtype\nU\2"sv);
    opcodes(numpy_name(tensor.dtype));
    opcodes("K\0K\1\x87R(K\3U\1"sv);
    opcodes(dtype_size(tensor.dtype) == 1 ? "|" : "<");
    opcodes("NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89"sv);
    latin1(tensor.data);
    opcodes("tb"sv);
  }

  Bytes finish() {
    opcodes(".");
    return std::move(bytes_);
  }

 private:
  /// LONG1, little-endian with a sign bit.
  void whole(std::uint64_t value) {
    opcodes("\x8a\x09"sv);
    number(value);
    number(std::uint8_t{0});
  }

  template <class Number>
  void number(Number value) {
    const auto added = std::as_bytes(std::span(&value, 1));
    bytes_.insert(bytes_.end(), added.begin(), added.end());
  }

  /// _codecs.encode(text, "latin1")
  void latin1(std::span<const std::byte> data) {
    opcodes("c_codecs\nencode\nX"sv);
    number(static_cast<std::uint32_t>(text_size(data)));
    for (const std::byte byte : data) {
      if (byte < std::byte{0x80}) {
        bytes_.push_back(byte);
      } else {
        bytes_.push_back(std::byte{0xC0} | byte >> 6);
        bytes_.push_back(byte & std::byte{0xBF});
      }
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
  if (numpy_name(tensor.dtype).empty()) throw fail("NumPy has no type " + tensor.dtype + "; make it float32");
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
