#include "formats/npy.h"

#include "scrawl/error.h"

#include "base/text.h"
#include "formats/array_layout.h"
#include "formats/zip.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace scrawl {
namespace {

constexpr std::string_view npy_magic = "\x93NUMPY";
constexpr std::size_t version_end = npy_magic.size() + 2;
constexpr std::string_view npz_suffix = ".npy";
constexpr std::size_t most_rank = 64;  // NumPy's own limit

struct Header {
  std::string dtype;
  std::optional<NumpyText> text;  // of dtype TEXT
  bool swap_bytes = false;
  bool fortran = false;
  std::vector<std::size_t> shape;
};

/// Reads the header, which is a Python expression of fixed form; nothing else of Python is understood:
///
///     {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
class NpyHeaderReader {
 public:
  NpyHeaderReader(std::string_view text, std::size_t start, const std::string& file)
      : text_(text), start_(start), file_(file) {}

  Header read() {
    expect("{");
    while (!accept("}")) {
      read_field();
      if (accept(",")) continue;
      expect("}");
      break;
    }
    skip_blanks();
    if (at_ != text_.size()) throw malformed("unexpected text after the closing brace");
    if (!has_type_) throw malformed("'descr' is missing");
    if (!has_order_) throw malformed("'fortran_order' is missing");
    if (!has_shape_) throw malformed("'shape' is missing");
    return std::move(header_);
  }

 private:
  void read_field() {
    const std::string_view key = quoted();
    expect(":");
    if (key == "descr" && !std::exchange(has_type_, true))
      read_type();
    else if (key == "fortran_order" && !std::exchange(has_order_, true))
      read_order();
    else if (key == "shape" && !std::exchange(has_shape_, true))
      read_shape();
    else
      throw malformed("'" + printable(key, 40) + "' is unknown or occurs twice");
  }

  void read_type() {
    skip_blanks();
    if (text_.substr(at_).starts_with("["))
      throw unsupported("is a structured array; save each of its fields as an array of its own");
    const std::string_view descr = quoted();
    header_.dtype = numpy_dtype(descr, header_.swap_bytes);
    if (!header_.dtype.empty()) return;
    header_.text = numpy_text(descr);
    if (header_.text) return void(header_.dtype = "TEXT");
    if (descr.find('O') != descr.npos)
      throw unsupported(
          "holds Python objects, which are never run here; save plain numbers: numpy.stack(list(array)) if "
          "all its items have one shape, array.astype(str) if they are class names; images of different "
          "sizes "
          "fit into no array: bring them to one size, or save them as pictures, in a folder for each class");
    throw unsupported("has values of the type '" + printable(descr, 40) +
                      "'; save plain numbers, as numpy.save('file.npy', array.astype('float32')) does");
  }

  void read_order() {
    header_.fortran = accept("True");
    if (!header_.fortran) expect("False");
  }

  void read_shape() {
    expect("(");
    bool comma = true;
    while (!accept(")")) {
      if (!comma) throw malformed("a comma or ')' is missing in 'shape'");
      if (header_.shape.size() == most_rank)
        throw malformed("'shape' has more than " + std::to_string(most_rank) + " dimensions");
      header_.shape.push_back(length());
      comma = accept(",");
    }
    if (header_.shape.size() == 1 && !comma) throw malformed("'shape' must be a tuple, such as (3,)");
  }

  std::size_t length() {
    skip_blanks();
    const std::size_t end = std::min(text_.find_first_not_of("0123456789", at_), text_.size());
    const auto value = parse_number<std::size_t>(text_.substr(at_, end - at_));
    if (!value) throw malformed("'shape' must consist of whole numbers below 2^64");
    at_ = end;
    if (text_.substr(at_).starts_with("L")) ++at_;  // as Python 2 wrote them
    return *value;
  }

  std::string_view quoted() {
    skip_blanks();
    const char mark = at_ < text_.size() ? text_[at_] : '\0';
    if (mark != '\'' && mark != '"') throw malformed("a text in quotation marks is missing");
    const std::size_t end = text_.find(mark, at_ + 1);
    if (end == text_.npos) throw malformed("a quotation mark is not closed");
    const std::string_view text = text_.substr(at_ + 1, end - at_ - 1);
    if (text.find('\\') != text.npos) throw malformed("a text has a backslash");
    at_ = end + 1;
    return text;
  }

  bool accept(std::string_view token) {
    skip_blanks();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  void expect(std::string_view token) {
    if (!accept(token)) throw malformed("'" + std::string(token) + "' is missing");
  }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }

  Error malformed(const std::string& what) const {
    return {ErrorCode::bad_data, "the header of the .npy file is damaged: " + what + "; save the array again",
            file_, start_ + at_};
  }
  Error unsupported(const std::string& what) const {
    return {ErrorCode::unsupported, "the array " + what, file_, start_ + at_};
  }

  std::string_view text_;
  std::size_t start_;
  const std::string& file_;
  std::size_t at_ = 0;
  Header header_;
  bool has_type_ = false;
  bool has_order_ = false;
  bool has_shape_ = false;
};

/// Magic number, version, length and text. NumPy leaves room for the first length to grow to 21 digits, then
/// pads with at least one space, so that the data begins at a multiple of 64.
std::string encode_header(std::string_view descr, std::span<const std::size_t> shape) {
  constexpr std::size_t growth = 21;
  constexpr std::size_t alignment = 64;
  constexpr std::size_t text_start = version_end + 2;
  std::string text =
      "{'descr': '" + std::string(descr) + "', 'fortran_order': False, 'shape': " + shape_text(shape) + ", }";
  if (!shape.empty()) text.append(growth - std::to_string(shape.front()).size(), ' ');
  text.append(alignment - (text_start + text.size() + 1) % alignment, ' ');
  text += '\n';
  std::string header(npy_magic);
  header += {'\x01', '\x00', static_cast<char>(text.size() & 255U), static_cast<char>(text.size() >> 8)};
  return header + text;
}

}  // namespace

bool is_npy(std::span<const std::byte> bytes) { return as_text(bytes).starts_with(npy_magic); }

Tensor parse_npy(std::span<const std::byte> bytes, const std::string& file, std::string name) {
  const auto fail = [&](std::size_t offset, const std::string& message) {
    return Error(ErrorCode::bad_data, message, file, offset);
  };
  const std::string again = "; get or save the file again";
  if (!is_npy(bytes)) throw fail(0, "is not an .npy file: it must begin with the byte 93 and 'NUMPY'");
  if (bytes.size() < version_end) throw fail(bytes.size(), "the .npy file ends in its header" + again);
  const auto byte = [&](std::size_t at) { return std::to_integer<std::uint32_t>(bytes[at]); };
  const auto major = byte(npy_magic.size());
  const auto minor = byte(npy_magic.size() + 1);
  if (major < 1 || major > 3 || minor != 0)
    throw Error(ErrorCode::unsupported,
                "is a .npy file of version " + std::to_string(major) + "." + std::to_string(minor) +
                    "; only 1.0, 2.0 and 3.0 are known; save the array with numpy.save",
                file, npy_magic.size());
  const std::size_t header_start = version_end + (major == 1 ? 2 : 4);
  if (bytes.size() < header_start) throw fail(bytes.size(), "the .npy file ends in its header" + again);
  std::uint32_t header_length = 0;
  for (std::size_t at = header_start; at-- > version_end;) header_length = header_length << 8 | byte(at);
  const auto rest = bytes.subspan(header_start);
  if (header_length > rest.size())
    throw fail(version_end, "the header should have " + counted(header_length, "byte") + ", but only " +
                                std::to_string(rest.size()) + " follow" + again);

  Header header = NpyHeaderReader(as_text(rest.first(header_length)), header_start, file).read();
  const auto data = rest.subspan(header_length);
  const auto needed =
      header.text ? array_size(header.shape, header.text->size()) : tensor_size(header.dtype, header.shape);
  if (needed != data.size())
    throw fail(header_start + header_length,
               "an array of type " + header.dtype + " and shape " + shape_text(header.shape) + " takes " +
                   (needed ? std::to_string(*needed) : "more than 2^64") + " bytes, but " +
                   std::to_string(data.size()) + " follow the header" + again);
  if (header.text) {
    auto texts = text_tensor(*header.text, data, std::move(header.shape), header.fortran, std::move(name));
    if (texts) return std::move(*texts);
    throw Error(ErrorCode::unsupported,
                "the array holds more than 256 different texts; texts are read as the names of classes, so "
                "omit others",
                file, header_start);
  }
  Bytes values = to_c_order(data, dtype_size(header.dtype), header.shape, header.fortran, header.swap_bytes);
  return {std::move(name), std::move(header.dtype), std::move(header.shape), std::move(values)};
}

Bytes encode_npy(const TensorView& tensor) {
  const auto fail = [&](const std::string& message) {
    return Error(ErrorCode::invalid_argument, "array '" + tensor.name + "' " + message);
  };
  std::string descr = numpy_descr(tensor.dtype);
  std::pair<std::string, Bytes> texts;
  std::span<const std::byte> data = tensor.data;
  if (tensor.dtype == "TEXT") {
    texts = encode_texts(tensor);
    descr = texts.first;
    data = texts.second;
  }
  if (descr.empty())
    throw fail("is of type " + tensor.dtype + ", which NumPy does not have; write it as F32");
  if (tensor.shape.size() > most_rank)
    throw fail("has more than " + std::to_string(most_rank) + " dimensions");
  if (tensor_size(tensor.dtype, tensor.shape) != tensor.data.size())
    throw fail("has " + counted(tensor.data.size(), "byte") + ", which do not fit type " + tensor.dtype +
               " and shape " + shape_text(tensor.shape));
  const std::string header = encode_header(descr, tensor.shape);
  const auto start = std::as_bytes(std::span(header));
  Bytes bytes;
  bytes.reserve(start.size() + data.size());
  bytes.assign(start.begin(), start.end());
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

std::vector<Tensor> parse_npz(std::span<const std::byte> bytes, const std::string& file,
                              const UnpackLimits& limits) {
  auto entries = read_zip(bytes, file, limits);
  std::vector<Tensor> tensors;
  for (auto& entry : entries) {
    if (!entry.name.ends_with(npz_suffix) || !is_npy(entry.data))
      throw Error(
          ErrorCode::bad_data,
          "entry '" + entry.name +
              "' is not an .npy file, but an .npz archive contains only those; write it with numpy.savez",
          file);
    const Bytes array = std::exchange(entry.data, {});  // freed before the next one is copied
    // Bytes count from the start of the entry, so it is the entry that an error must name.
    tensors.push_back(parse_npy(array, file + " (" + entry.name + ")",
                                entry.name.substr(0, entry.name.size() - npz_suffix.size())));
  }
  return tensors;
}

Bytes encode_npz(std::span<const TensorView> tensors) {
  std::vector<ZipEntry> entries;
  for (const auto& tensor : tensors) {
    if (tensor.name.empty())
      throw Error(ErrorCode::invalid_argument, "an array of an .npz file needs a name");
    entries.push_back({tensor.name + std::string(npz_suffix), encode_npy(tensor)});
  }
  return encode_zip(entries);
}

}  // namespace scrawl
