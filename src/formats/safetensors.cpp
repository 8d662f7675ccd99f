#include "formats/safetensors.h"

#include "scrawl/error.h"

#include "base/json.h"
#include "base/text.h"
#include "base/utf8.h"
#include "formats/file_kind.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <set>

#include <nlohmann/json.hpp>

namespace scrawl {
namespace {

using nlohmann::json;

constexpr std::size_t length_bytes = 8;
constexpr std::size_t most_entries = 100'000;  // tensors and keys of the metadata
constexpr std::size_t most_lengths = 64;       // as many as NumPy has
constexpr std::string_view metadata_key = "__metadata__";

struct HeaderEntry {
  std::string name;
  std::string dtype;
  std::vector<std::size_t> shape;
  std::vector<std::size_t> offsets;  // begin and end, counted from the end of the header
};

/// Receives the header from the JSON parser piece by piece. Its form is fixed, so whatever does not fit is
/// refused at once, before it can take memory:
///
///     {"__metadata__": {KEY: STRING, ...}, NAME: {"dtype": STRING, "shape": [N, ...], "data_offsets": [N,
///     N]}, ...}
class HeaderEvents : public nlohmann::json_sax<json> {
 public:
  explicit HeaderEvents(const std::string& file) : file_(file) {}

  std::map<std::string, std::string> metadata;
  std::vector<HeaderEntry> entries;

  bool start_object(std::size_t) override {
    if (depth_ >= 2) throw unexpected("an object");
    if (depth_ == 1 && !in_metadata())
      entries.push_back({.name = name_, .dtype = {}, .shape = {}, .offsets = {}});
    fields_.clear();
    ++depth_;
    return true;
  }

  bool end_object() override {
    if (--depth_ == 1 && !in_metadata())
      for (const char* field : {"dtype", "shape", "data_offsets"})
        if (!fields_.contains(field)) throw fail(std::string("'") + field + "' is missing");
    return true;
  }

  bool key(std::string& text) override {
    const bool is_name = depth_ == 1;
    if ((is_name || in_metadata()) && ++keys_ > most_entries)
      throw Error(ErrorCode::unsupported,
                  "has more than " + std::to_string(most_entries) +
                      " tensors and metadata; scrawl reads small networks",
                  file_, length_bytes);
    if (is_name) field_.clear();
    (is_name ? name_ : field_) = text;
    if (!(is_name ? names_ : fields_).insert(text).second) throw fail("occurs twice in the header");
    if (!is_name && !in_metadata() && text != "dtype" && text != "shape" && text != "data_offsets")
      throw fail("is not a field of a tensor (those are dtype, shape and data_offsets)");
    return true;
  }

  bool string(std::string& text) override {
    if (depth_ == 2 && in_metadata()) {
      metadata.emplace(field_, std::move(text));
    } else if (depth_ == 2 && field_ == "dtype") {
      if (dtype_size(text) == 0 || text == "TEXT")
        throw fail("the type '" + printable(text, 40) + "' is not known");
      entries.back().dtype = std::move(text);
    } else {
      throw unexpected("a string");
    }
    return true;
  }

  bool start_array(std::size_t) override {
    if (depth_ != 2 || in_metadata() || field_ == "dtype") throw unexpected("a list");
    ++depth_;
    return true;
  }

  bool end_array() override {
    --depth_;
    if (field_ == "data_offsets" && entries.back().offsets.size() != 2)
      throw fail("must be two numbers, begin and end");
    return true;
  }

  bool number_unsigned(std::uint64_t value) override {
    if (depth_ != 3) throw unexpected("a number");
    const bool is_shape = field_ == "shape";
    auto& list = is_shape ? entries.back().shape : entries.back().offsets;
    if (list.size() == (is_shape ? most_lengths : 2)) throw fail("is a list with too many numbers");
    list.push_back(value);
    return true;
  }

  bool null() override { throw unexpected("null"); }
  bool boolean(bool) override { throw unexpected("a truth value"); }
  bool number_integer(std::int64_t) override { throw unexpected("a negative number"); }
  bool number_float(double, const std::string&) override {
    throw unexpected("a fraction or a number too large");
  }
  bool binary(json::binary_t&) override { throw unexpected("binary data"); }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    // The parser has read the offending token to its end.
    throw Error(ErrorCode::bad_data, "the header is not valid JSON up to here; the file is damaged", file_,
                length_bytes + (position > 0 ? position - 1 : 0));
  }

 private:
  bool in_metadata() const { return name_ == metadata_key; }

  Error fail(const std::string& message) const {
    std::string place = "header";
    if (depth_ > 0 && !name_.empty()) place += ", '" + printable(name_) + "'";
    if (!field_.empty()) place += ", '" + printable(field_) + "'";
    return {ErrorCode::bad_data, place + ": " + message, file_, length_bytes};
  }
  Error unexpected(const char* what) const {
    return fail(std::string(what) + " is not allowed here" + (in_metadata() ? "; metadata are strings" : ""));
  }

  const std::string& file_;
  std::size_t keys_ = 0;
  int depth_ = 0;      // 1 in the header, 2 in a tensor or the metadata, 3 in a list
  std::string name_;   // last key at depth 1
  std::string field_;  // last key at depth 2
  std::set<std::string> names_;
  std::set<std::string> fields_;
};

/// Checks that the tensors cover the data exactly once, in this order, and copies them.
std::vector<Tensor> cut(std::vector<HeaderEntry> entries, std::span<const std::byte> data,
                        std::size_t data_start, const std::string& file) {
  std::stable_sort(entries.begin(), entries.end(),
                   [](const auto& a, const auto& b) { return a.offsets < b.offsets; });
  std::vector<Tensor> tensors;
  std::size_t used = 0;
  for (auto& [name, dtype, shape, offsets] : entries) {
    const std::size_t begin = offsets[0];
    const std::size_t end = offsets[1];
    const std::string place = "tensor '" + printable(name) + "': ";
    const auto fail = [&](const std::string& message) {
      return Error(ErrorCode::bad_data, place + message, file, data_start + used);
    };
    if (begin != used)
      throw fail("its data must begin at " + std::to_string(used) + ", where the one before ends, not at " +
                 std::to_string(begin));
    if (end < begin) throw fail("its data would end before they begin");
    if (end > data.size())
      throw fail("its data need " + std::to_string(data_start + end) + " bytes, and the file has only " +
                 std::to_string(data_start + data.size()) +
                 "; the file is cut off: copy or download it again");
    const auto size = tensor_size(dtype, shape);
    if (!size || *size != end - begin)
      throw fail(dtype + " of shape " + shape_text(shape) + " needs " +
                 (size ? std::to_string(*size) : "too many") + " bytes, its offsets span " +
                 std::to_string(end - begin));
    const auto content = data.subspan(begin, end - begin);
    tensors.push_back(
        {std::move(name), std::move(dtype), std::move(shape), Bytes(content.begin(), content.end())});
    used = end;
  }
  if (used != data.size())
    throw Error(ErrorCode::bad_data, "has " + counted(data.size() - used, "byte") + " outside of all tensors",
                file, data_start + used);
  return tensors;
}

/// The length field and the JSON header, padded with spaces to a multiple of eight bytes.
std::string encode_header(const std::map<std::string, std::string>& metadata,
                          const std::vector<TensorView>& tensors) {
  const auto fail = [](const std::string& name, const char* why) {
    return Error(ErrorCode::invalid_argument, "cannot write the tensor '" + name + "': " + why);
  };
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  for (const auto& [key, value] : metadata) header[std::string(metadata_key)][key] = as_utf8(value);
  std::set<std::string_view> names{metadata_key};
  std::size_t used = 0;
  for (const auto& tensor : tensors) {
    if (!names.insert(tensor.name).second) throw fail(tensor.name, "its name is used twice or reserved");
    if (as_utf8(tensor.name) != tensor.name) throw fail(as_utf8(tensor.name), "its name is not UTF-8");
    if (dtype_size(tensor.dtype) == 0) throw fail(tensor.name, "its type is not known");
    if (tensor_size(tensor.dtype, tensor.shape) != tensor.data.size())
      throw fail(tensor.name, "its data does not fit its type and shape");
    header.emplace(tensor.name, nlohmann::ordered_json{{"dtype", tensor.dtype},
                                                       {"shape", tensor.shape},
                                                       {"data_offsets", {used, used + tensor.data.size()}}});
    used += tensor.data.size();
  }
  std::string text = dump_json(header);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), length_bytes) + text;
}

}  // namespace

const Tensor* SafetensorsFile::find(std::string_view name) const {
  const auto at =
      std::find_if(tensors.begin(), tensors.end(), [&](const Tensor& t) { return t.name == name; });
  return at == tensors.end() ? nullptr : &*at;
}

SafetensorsFile parse_safetensors(std::span<const std::byte> bytes, const std::string& file) {
  const auto other_file = [&] {
    return Error(ErrorCode::bad_data,
                 wrong_file(bytes, "a safetensors file", "name the right file, or fetch this one again"),
                 file, 0);
  };
  if (bytes.size() < length_bytes) throw other_file();
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), length_bytes);
  if (length > most_safetensors_header) throw other_file();
  if (length > bytes.size() - length_bytes)
    throw Error(ErrorCode::bad_data,
                "is cut off: its header needs " + std::to_string(length_bytes + length) +
                    " bytes, and the file has only " + std::to_string(bytes.size()) +
                    "; copy or download it again",
                file, 0);
  const auto header = bytes.subspan(length_bytes, length);
  // The JSON parser would skip white space and a byte-order mark, which the format does not allow.
  if (header.empty() || header[0] != std::byte{'{'})
    throw Error(ErrorCode::bad_data, "is not a safetensors file: the header must begin with '{'", file,
                length_bytes);
  HeaderEvents reader(file);
  const auto* text = reinterpret_cast<const char*>(header.data());
  json::sax_parse(text, text + header.size(), &reader);
  const std::size_t data_start = length_bytes + length;
  return {std::move(reader.metadata),
          cut(std::move(reader.entries), bytes.subspan(data_start), data_start, file)};
}

Bytes encode_safetensors(const std::map<std::string, std::string>& metadata,
                         const std::vector<TensorView>& tensors) {
  const std::string header = encode_header(metadata, tensors);
  const auto start = std::as_bytes(std::span(header));
  Bytes bytes(start.begin(), start.end());
  for (const auto& tensor : tensors) bytes.insert(bytes.end(), tensor.data.begin(), tensor.data.end());
  return bytes;
}

void write_safetensors(const std::filesystem::path& path, const std::map<std::string, std::string>& metadata,
                       const std::vector<TensorView>& tensors) {
  const std::string header = encode_header(metadata, tensors);
  AtomicFile file(path);
  file.write(header);
  for (const auto& tensor : tensors) file.write(tensor.data);
  file.commit();
}

TensorView float_tensor(std::string name, std::vector<std::size_t> shape, std::span<const float> values) {
  assert(tensor_size("F32", shape) == values.size_bytes());
  return {std::move(name), "F32", std::move(shape), std::as_bytes(values)};
}

std::vector<float> read_floats(const SafetensorsFile& content, std::string_view name,
                               const std::vector<std::size_t>& shape, const std::string& file) {
  const auto fail = [&](const std::string& message) {
    return Error(ErrorCode::bad_data, "tensor '" + std::string(name) + "' " + message, file);
  };
  const Tensor* tensor = content.find(name);
  if (tensor == nullptr) {
    std::vector<std::string_view> names;
    for (const auto& known : content.tensors) names.push_back(known.name);
    throw fail("is missing" + suggestion(name, names));
  }
  if (tensor->dtype != "F32") throw fail("is of type " + tensor->dtype + ", expected F32");
  if (tensor->shape != shape)
    throw fail("has the shape " + shape_text(tensor->shape) + ", expected " + shape_text(shape));
  std::vector<float> values(tensor->data.size() / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), tensor->data.data(), tensor->data.size());
  return values;
}

}  // namespace scrawl
