#include "formats/onnx_tensor.h"

#include "scrawl/error.h"

#include <cstring>
#include <limits>
#include <span>
#include <type_traits>

namespace scrawl {
namespace {

/// The field that holds a tensor's values where they are not raw bytes.
enum class Store { none, floats, doubles, int32s, int64s, uint64s };

struct ElementType {
  int number;
  const char* word;   // ONNX's
  const char* dtype;  // Tensor's; null for a type that it has not
  Store store;
};
constexpr ElementType element_types[] = {
    {1, "FLOAT", "F32", Store::floats},       {2, "UINT8", "U8", Store::int32s},
    {3, "INT8", "I8", Store::int32s},         {4, "UINT16", "U16", Store::int32s},
    {5, "INT16", "I16", Store::int32s},       {6, "INT32", "I32", Store::int32s},
    {7, "INT64", "I64", Store::int64s},       {8, "STRING", nullptr, Store::none},
    {9, "BOOL", "BOOL", Store::int32s},       {10, "FLOAT16", "F16", Store::int32s},
    {11, "DOUBLE", "F64", Store::doubles},    {12, "UINT32", "U32", Store::uint64s},
    {13, "UINT64", "U64", Store::uint64s},    {14, "COMPLEX64", nullptr, Store::none},
    {15, "COMPLEX128", nullptr, Store::none}, {16, "BFLOAT16", "BF16", Store::int32s},
};

const ElementType* find_type(int number) {
  for (const auto& type : element_types)
    if (type.number == number) return &type;
  return nullptr;
}

/// The typed values as bytes of T; nullopt where one is outside its range.
template <class T, class Values>
std::optional<Bytes> pack(const Values& values) {
  Bytes bytes(static_cast<std::size_t>(values.size()) * sizeof(T));
  std::byte* to = bytes.data();
  for (const auto value : values) {
    const auto packed = static_cast<T>(value);
    if constexpr (std::is_integral_v<T>)
      if (packed != value) return std::nullopt;
    std::memcpy(to, &packed, sizeof(T));
    to += sizeof(T);
  }
  return bytes;
}

std::optional<Bytes> typed_values(const onnx::TensorProto& from, const ElementType& type) {
  if (type.store == Store::floats) return pack<float>(from.float_data());
  if (type.store == Store::doubles) return pack<double>(from.double_data());
  if (type.store == Store::int64s) return pack<std::int64_t>(from.int64_data());
  const std::string_view dtype = type.dtype;
  if (type.store == Store::uint64s)
    return dtype == "U32" ? pack<std::uint32_t>(from.uint64_data()) : pack<std::uint64_t>(from.uint64_data());
  const auto& values = from.int32_data();
  if (dtype == "I32") return pack<std::int32_t>(values);
  if (dtype == "I16") return pack<std::int16_t>(values);
  if (dtype == "I8") return pack<std::int8_t>(values);
  if (dtype == "U8" || dtype == "BOOL") return pack<std::uint8_t>(values);
  return pack<std::uint16_t>(values);  // the bits of F16 and BF16 as well
}

}  // namespace

std::string onnx_dtype(int number) {
  const ElementType* type = find_type(number);
  if (type == nullptr) return "type number " + std::to_string(number);
  return type->dtype != nullptr ? type->dtype : type->word;
}

int onnx_dtype_number(const std::string& dtype) {
  for (const auto& type : element_types)
    if (type.dtype != nullptr && type.dtype == dtype) return type.number;
  throw Error(ErrorCode::invalid_argument, "ONNX has no type " + quoted_name(dtype));
}

Tensor read_onnx_tensor(onnx::TensorProto& from, const std::string& place, const std::string& file,
                        OnnxExternalData& external) {
  const auto fail = [&](ErrorCode code, const std::string& why) {
    return Error(code, place + ": " + why, file);
  };
  if (from.has_segment())
    throw fail(ErrorCode::unsupported, "it is stored in segments; save the model with whole tensors");
  const ElementType* type = find_type(from.data_type());
  if (type == nullptr || type->dtype == nullptr)
    throw fail(ErrorCode::unsupported, "values of type " + onnx_dtype(from.data_type()) +
                                           " cannot be read; export the model with float32 weights");

  Tensor tensor{.name = from.name(), .dtype = type->dtype, .shape = {}, .data = {}};
  for (const std::int64_t length : from.dims()) {
    if (length < 0) throw fail(ErrorCode::bad_data, "its shape has a negative length; the file is damaged");
    tensor.shape.push_back(static_cast<std::size_t>(length));
  }
  const auto size = tensor_size(tensor.dtype, tensor.shape);
  const auto check_size = [&](std::size_t found) {
    if (size != found)
      throw fail(ErrorCode::bad_data, tensor.dtype + " of shape " + shape_text(tensor.shape) + " needs " +
                                          (size ? std::to_string(*size) : "too many") +
                                          " bytes, and the file has " + std::to_string(found) +
                                          "; it is damaged, export the model again");
  };
  if (from.data_location() != 0 || from.external_data_size() != 0) {
    if (!size) check_size(0);
    std::map<std::string, std::string> entries;
    for (const auto& entry : from.external_data()) entries[entry.key()] = entry.value();
    tensor.data = external.read(entries, *size, place);
  } else if (from.has_raw_data()) {
    const auto raw = std::as_bytes(std::span(from.raw_data()));
    check_size(raw.size());
    tensor.data.assign(raw.begin(), raw.end());
  } else {
    auto values = typed_values(from, *type);
    if (!values)
      throw fail(ErrorCode::bad_data, "a value does not fit into " + tensor.dtype + "; the file is damaged");
    tensor.data = std::move(*values);
    check_size(tensor.data.size());
  }
  from = {};  // unlike Clear(), gives the memory back
  return tensor;
}

void write_onnx_tensor(const Tensor& tensor, onnx::TensorProto& to) {
  to.set_name(tensor.name);
  to.set_data_type(onnx_dtype_number(tensor.dtype));
  for (const std::size_t length : tensor.shape) to.add_dims(static_cast<std::int64_t>(length));
  if (tensor_size(tensor.dtype, tensor.shape) != tensor.data.size())
    throw Error(ErrorCode::invalid_argument, "the tensor " + quoted_name(tensor.name) +
                                                 " does not have as many bytes as its shape " +
                                                 shape_text(tensor.shape) + " needs");
  to.set_raw_data(tensor.data.data(), tensor.data.size());
}

}  // namespace scrawl
