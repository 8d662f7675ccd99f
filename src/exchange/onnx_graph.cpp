#include "exchange/onnx_graph.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace scrawl {
namespace {

constexpr int onnx_float = 1;
constexpr int onnx_int32 = 6;
constexpr int onnx_int64 = 7;
constexpr int onnx_float16 = 10;
constexpr int onnx_double = 11;
constexpr int onnx_bfloat16 = 16;

bool is_floating(const std::string& dtype) {
  return dtype == "F32" || dtype == "F64" || dtype == "F16" || dtype == "BF16";
}

Tensor float32_tensor(const std::vector<float>& values, std::vector<std::size_t> shape) {
  const auto bytes = std::as_bytes(std::span(values));
  return {.name = {}, .dtype = "F32", .shape = std::move(shape), .data = Bytes(bytes.begin(), bytes.end())};
}

std::size_t tensor_bytes(const OnnxModel& model) {
  std::size_t bytes = 0;
  for (const auto& tensor : model.initializers) bytes += tensor.data.size();
  for (const auto& node : model.nodes)
    for (const auto& [name, value] : node.attributes)
      if (const auto* tensor = std::get_if<Tensor>(&value)) bytes += tensor->data.size();
  return bytes;
}

OnnxShape signed_shape(const std::vector<std::size_t>& shape) { return {shape.begin(), shape.end()}; }

}  // namespace

const std::string& OnnxNodeReader::input(std::size_t i) const {
  static const std::string none;
  return i < node_.inputs.size() ? node_.inputs[i] : none;
}

Error OnnxNodeReader::unsupported(const std::string& why) const {
  return {ErrorCode::unsupported, describe(node_) + ": " + why, file_};
}
Error OnnxNodeReader::damaged(const std::string& why) const {
  return {ErrorCode::bad_data, describe(node_) + ": " + why + "; export the model again", file_};
}

OnnxConstants::OnnxConstants(const OnnxModel& model, const std::string& file) {
  constexpr std::size_t most_growth = 16;
  constexpr std::size_t free_bytes = 1 << 20;
  budget_ = most_growth * tensor_bytes(model) + free_bytes;
  for (const auto& tensor : model.initializers)
    if (!constants_.emplace(tensor.name, &tensor).second)
      throw Error(ErrorCode::bad_data,
                  "has two initializers named " + quoted_name(tensor.name) + "; export the model again",
                  file);
}

const Tensor* OnnxConstants::find(const std::string& name) const {
  const auto found = constants_.find(name);
  return found == constants_.end() ? nullptr : found->second;
}

void OnnxConstants::charge(const OnnxNodeReader& reader, std::size_t values) {
  if (values > budget_ / sizeof(float))
    throw reader.unsupported(
        "the network would need far more memory than the file's weights; scrawl reads networks whose layers "
        "have their own weights");
  budget_ -= values * sizeof(float);
}

void OnnxConstants::add(const OnnxNodeReader& reader, const std::string& name, Tensor tensor) {
  charge(reader, tensor.data.size() / sizeof(float));
  made_.push_back(std::move(tensor));
  constants_[name] = &made_.back();
}

std::vector<float> OnnxConstants::floats(const OnnxNodeReader& reader, std::size_t input) const {
  const Tensor& tensor = operand(reader, input);
  if (!is_floating(tensor.dtype))
    throw reader.unsupported("a constant is of type " + tensor.dtype +
                             "; export the model with float32 weights, not quantised");
  auto values = to_floats(view(tensor), reader.file());
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]))
      throw reader.damaged("value " + std::to_string(i) + " of its constant " +
                           quoted_name(reader.input(input)) + " is not finite");
  return values;
}

std::vector<std::int64_t> OnnxConstants::integers(const OnnxNodeReader& reader, std::size_t input) const {
  const Tensor& tensor = operand(reader, input);
  constexpr std::size_t most_integers = 64;  // they are shapes and axes
  if ((tensor.dtype != "I64" && tensor.dtype != "I32") || tensor.shape.size() > 1)
    throw reader.damaged("a shape or an axis must be a list of whole numbers");
  const std::size_t size = dtype_size(tensor.dtype);
  std::vector<std::int64_t> values(tensor.data.size() / size);
  if (values.size() > most_integers) throw reader.unsupported("has a shape of more than 64 lengths");
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::int32_t narrow = 0;
    if (size == sizeof(narrow))
      std::memcpy(&narrow, tensor.data.data() + i * size, size), values[i] = narrow;
    else
      std::memcpy(&values[i], tensor.data.data() + i * size, size);
  }
  return values;
}

const Tensor& OnnxConstants::operand(const OnnxNodeReader& reader, std::size_t i) const {
  const Tensor* tensor = find(reader.input(i));
  if (tensor == nullptr) throw reader.damaged("its input " + std::to_string(i) + " is missing");
  return *tensor;
}

bool OnnxConstants::fold(const OnnxNodeReader& reader) {
  const std::string& op = reader.op();
  if (reader.node().outputs.size() != 1) return false;
  const std::string& output = reader.node().outputs[0];
  if (op == "Constant") {
    const auto value = reader.node().attributes.find("value");
    const Tensor* tensor =
        value != reader.node().attributes.end() ? std::get_if<Tensor>(&value->second) : nullptr;
    if (tensor != nullptr)
      constants_[output] = tensor;
    else
      add(reader, output, literal(reader));
  } else if (op == "Identity") {
    constants_[output] = &operand(reader, 0);
  } else if (op == "Cast") {
    add(reader, output, cast(reader));
  } else if (op == "Transpose") {
    add(reader, output, transpose(reader));
  } else if (op == "Gather") {
    add(reader, output, gather(reader));
  } else if (op == "Concat") {
    add(reader, output, concatenate(reader));
  } else if (op == "Reshape" || op == "Flatten" || op == "Squeeze" || op == "Unsqueeze") {
    add(reader, output, reshape(reader));
  } else {
    return false;
  }
  return true;
}

Tensor OnnxConstants::literal(const OnnxNodeReader& reader) const {
  if (reader.has("value_float")) return float32_tensor({reader.number("value_float", 0)}, {});
  if (reader.has("value_int")) return integer_tensor({reader.integer("value_int", 0)}, {});
  if (reader.has("value_ints")) {
    const auto values = reader.integers("value_ints");
    return integer_tensor(values, {values.size()});
  }
  throw reader.unsupported("contains no tensor of numbers; export the model for opset 13");
}

Tensor OnnxConstants::cast(const OnnxNodeReader& reader) const {
  const Tensor& from = operand(reader, 0);
  switch (reader.integer("to", 0)) {
    case onnx_float:
    case onnx_float16:
    case onnx_double:
    case onnx_bfloat16: return float32_tensor(to_floats(view(from), reader.file()), from.shape);
    case onnx_int32:
    case onnx_int64: return integer_tensor(integers(reader, 0), from.shape);
    default: throw reader.unsupported("constants can only be cast to float32 and int64");
  }
}

Tensor OnnxConstants::transpose(const OnnxNodeReader& reader) const {
  const Tensor& from = operand(reader, 0);
  const auto order = reader.integers("perm");
  const bool is_matrix = from.shape.size() == 2;
  const bool swaps = order == std::vector<std::int64_t>{1, 0};
  if (!is_matrix || !(order.empty() || swaps))
    throw reader.unsupported(
        "only the transpose of a matrix is supported; export the model with "
        "do_constant_folding=True");
  const std::size_t rows = from.shape[0];
  const std::size_t columns = from.shape[1];
  const std::size_t size = dtype_size(from.dtype);
  Tensor to{
      .name = from.name, .dtype = from.dtype, .shape = {columns, rows}, .data = Bytes(from.data.size())};
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c)
      std::memcpy(to.data.data() + (c * rows + r) * size, from.data.data() + (r * columns + c) * size, size);
  return to;
}

Tensor OnnxConstants::reshape(const OnnxNodeReader& reader) const {
  Tensor changed = operand(reader, 0);
  std::vector<std::int64_t> second;
  if (!reader.input(1).empty()) second = integers(reader, 1);
  const auto shape =
      changed_shape(reader, signed_shape(changed.shape), reader.input(1).empty() ? nullptr : &second);
  changed.shape.assign(shape.begin(), shape.end());
  return changed;
}

Tensor OnnxConstants::gather(const OnnxNodeReader& reader) const {
  const auto values = integers(reader, 0);
  std::vector<std::int64_t> taken;
  for (std::int64_t index : integers(reader, 1)) {
    const auto count = static_cast<std::int64_t>(values.size());
    if (index < -count || index >= count) throw reader.damaged("reads past the end of a shape");
    taken.push_back(values[static_cast<std::size_t>(index < 0 ? index + count : index)]);
  }
  return integer_tensor(taken, operand(reader, 1).shape);
}

Tensor OnnxConstants::concatenate(const OnnxNodeReader& reader) const {
  std::vector<std::int64_t> all;
  for (std::size_t i = 0; i < reader.node().inputs.size(); ++i)
    for (const auto value : integers(reader, i)) all.push_back(value);
  return integer_tensor(all, {all.size()});
}

Tensor integer_tensor(const std::vector<std::int64_t>& values, std::vector<std::size_t> shape) {
  const auto bytes = std::as_bytes(std::span(values));
  return {.name = {}, .dtype = "I64", .shape = std::move(shape), .data = Bytes(bytes.begin(), bytes.end())};
}

}  // namespace scrawl
