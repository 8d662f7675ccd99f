#include "formats/onnx.h"

#include "scrawl/error.h"

#include "base/text.h"
#include "formats/onnx_tensor.h"

#include <limits>

namespace scrawl {
namespace {

constexpr std::size_t most_bytes = std::numeric_limits<int>::max();  // protobuf's own limit

/// AttributeProto::type.
enum AttributeType { float_value = 1, int_value, text, tensor, graph, floats, ints, texts, tensors, graphs };

bool is_default_domain(const std::string& domain) { return domain.empty() || domain == "ai.onnx"; }

class ModelReader {
 public:
  ModelReader(const std::string& file, OnnxExternalData& external) : file_(file), external_(external) {}

  OnnxModel read(onnx::ModelProto& from) const {
    if (!from.has_ir_version() || from.ir_version() < 1 || !from.has_graph())
      throw fail(ErrorCode::bad_data, "",
                 "has no format version or no graph, so it is not an ONNX model; export the model again");
    if (from.training_info_size() != 0)
      throw unsupported("", "holds training information; export the model for inference");
    if (from.functions_size() != 0)
      throw unsupported("", "defines functions of its own; export the model with plain operators");
    OnnxModel model{.ir_version = from.ir_version(),
                    .opset = opset(from),
                    .producer_name = from.producer_name(),
                    .producer_version = from.producer_version()};
    for (const auto& entry : from.metadata_props()) model.metadata[entry.key()] = entry.value();
    read_graph(*from.mutable_graph(), model);
    return model;
  }

 private:
  Error fail(ErrorCode code, const std::string& place, const std::string& why) const {
    return {code, place.empty() ? why : place + ": " + why, file_};
  }
  Error unsupported(const std::string& place, const std::string& why) const {
    return fail(ErrorCode::unsupported, place, why);
  }

  std::int64_t opset(const onnx::ModelProto& from) const {
    for (const auto& set : from.opset_import())
      if (is_default_domain(set.domain()) && set.version() > 0) return set.version();
    throw fail(ErrorCode::bad_data, "",
               "does not say which version of ONNX's operators it uses; the file was cut off, or export the "
               "model again");
  }

  void read_graph(onnx::GraphProto& from, OnnxModel& model) const {
    if (from.sparse_initializer_size() != 0)
      throw unsupported("", "has sparse weights; save the model with dense ones");
    model.graph_name = from.name();
    for (auto& initializer : *from.mutable_initializer())
      model.initializers.push_back(
          read_onnx_tensor(initializer, "initializer " + quoted_name(initializer.name()), file_, external_));
    for (const auto& value : from.input()) model.inputs.push_back(read_value(value));
    for (const auto& value : from.output()) model.outputs.push_back(read_value(value));
    for (auto& node : *from.mutable_node()) model.nodes.push_back(read_node(node));
  }

  static OnnxValue read_value(const onnx::ValueInfoProto& from) {
    OnnxValue value{.name = from.name(), .dtype = {}, .shape = {}};
    const auto& tensor = from.type().tensor_type();
    if (tensor.has_elem_type()) value.dtype = onnx_dtype(tensor.elem_type());
    if (!tensor.has_shape()) return value;
    value.shape.emplace();
    for (const auto& dimension : tensor.shape().dim()) {
      OnnxDimension length{.length = std::nullopt, .symbol = dimension.dim_param()};
      if (dimension.has_dim_value()) length.length = dimension.dim_value();
      value.shape->push_back(std::move(length));
    }
    return value;
  }

  OnnxNode read_node(onnx::NodeProto& from) const {
    OnnxNode node{.name = from.name(), .op_type = from.op_type(), .domain = from.domain()};
    if (node.op_type.empty())
      throw fail(ErrorCode::bad_data, describe(node), "has no operator; the file is damaged");
    if (is_default_domain(node.domain)) node.domain.clear();
    node.inputs.assign(from.input().begin(), from.input().end());
    node.outputs.assign(from.output().begin(), from.output().end());
    for (auto& attribute : *from.mutable_attribute()) {
      const std::string place = describe(node) + ", attribute " + quoted_name(attribute.name());
      if (!node.attributes.emplace(attribute.name(), read_attribute(attribute, place)).second)
        throw fail(ErrorCode::bad_data, place, "is given twice; the file is damaged");
    }
    from = {};  // unlike Clear(), gives the memory back
    return node;
  }

  OnnxAttributeValue read_attribute(onnx::AttributeProto& from, const std::string& place) const {
    if (from.has_g() || from.graphs_size() != 0 || from.type() == graph || from.type() == graphs)
      throw unsupported(place,
                        "holds a graph inside the graph, as If, Loop and Scan do; scrawl reads plain "
                        "chains of layers: export the model without control flow");
    switch (from.type()) {
      case float_value: return from.f();
      case int_value: return from.i();
      case text: return from.s();
      case tensor: return read_onnx_tensor(*from.mutable_t(), place, file_, external_);
      case floats: return std::vector<float>(from.floats().begin(), from.floats().end());
      case ints: return std::vector<std::int64_t>(from.ints().begin(), from.ints().end());
      case texts: return std::vector<std::string>(from.strings().begin(), from.strings().end());
      case 0: throw fail(ErrorCode::bad_data, place, "does not say its type; export the model again");
      default:
        throw unsupported(place, "is of type " + std::to_string(from.type()) +
                                     ", which cannot be read; export the model for opset 13");
    }
  }

  const std::string& file_;
  OnnxExternalData& external_;
};

struct AttributeWriter {
  onnx::AttributeProto& to;

  void operator()(std::int64_t value) const { to.set_type(int_value), to.set_i(value); }
  void operator()(float value) const { to.set_type(float_value), to.set_f(value); }
  void operator()(const std::string& value) const { to.set_type(text), to.set_s(value); }
  void operator()(const Tensor& value) const {
    to.set_type(tensor);
    write_onnx_tensor(value, *to.mutable_t());
  }
  void operator()(const std::vector<std::int64_t>& values) const {
    to.set_type(ints);
    to.mutable_ints()->Add(values.begin(), values.end());
  }
  void operator()(const std::vector<float>& values) const {
    to.set_type(floats);
    to.mutable_floats()->Add(values.begin(), values.end());
  }
  void operator()(const std::vector<std::string>& values) const {
    to.set_type(texts);
    for (const auto& value : values) to.add_strings(value);
  }
};

void write_value(const OnnxValue& value, onnx::ValueInfoProto& to) {
  to.set_name(value.name);
  auto& type = *to.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx_dtype_number(value.dtype));
  if (!value.shape) return;
  type.mutable_shape();
  for (const auto& [length, symbol] : *value.shape) {
    auto& dimension = *type.mutable_shape()->add_dim();
    if (length)
      dimension.set_dim_value(*length);
    else if (!symbol.empty())
      dimension.set_dim_param(symbol);
  }
}

void write_graph(const OnnxModel& model, onnx::GraphProto& to) {
  to.set_name(model.graph_name);
  for (const auto& node : model.nodes) {
    auto& written = *to.add_node();
    for (const auto& input : node.inputs) written.add_input(input);
    for (const auto& output : node.outputs) written.add_output(output);
    written.set_name(node.name);
    written.set_op_type(node.op_type);
    if (!node.domain.empty()) written.set_domain(node.domain);
    for (const auto& [name, value] : node.attributes) {
      auto& attribute = *written.add_attribute();
      attribute.set_name(name);
      std::visit(AttributeWriter{attribute}, value);
    }
  }
  for (const auto& tensor : model.initializers) write_onnx_tensor(tensor, *to.add_initializer());
  for (const auto& value : model.inputs) write_value(value, *to.add_input());
  for (const auto& value : model.outputs) write_value(value, *to.add_output());
}

}  // namespace

OnnxModel parse_onnx(std::span<const std::byte> bytes, const std::string& file,
                     const std::filesystem::path& folder) {
  if (bytes.size() > most_bytes)
    throw Error(ErrorCode::unsupported, "is larger than 2 GB, the most that an ONNX file may have", file);
  check_onnx_wire(bytes, file);
  onnx::ModelProto model;
  if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    throw Error(ErrorCode::bad_data, "is not a valid ONNX model; the file is damaged: fetch or save it again",
                file);
  OnnxExternalData external(folder, file);
  return ModelReader(file, external).read(model);
}

Bytes encode_onnx(const OnnxModel& model) {
  onnx::ModelProto to;
  to.set_ir_version(model.ir_version);
  to.set_producer_name(model.producer_name);
  to.set_producer_version(model.producer_version);
  to.add_opset_import()->set_version(model.opset);
  for (const auto& [key, value] : model.metadata) {
    auto& entry = *to.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
  }
  write_graph(model, *to.mutable_graph());
  const std::size_t size = to.ByteSizeLong();
  if (size > most_bytes)
    throw Error(ErrorCode::invalid_argument,
                "the model is larger than 2 GB, the most that an ONNX file may have");
  Bytes bytes(size);
  to.SerializeToArray(bytes.data(), static_cast<int>(size));
  return bytes;
}

std::string quoted_name(std::string_view name) { return "'" + printable(name) + "'"; }

std::string describe(const OnnxNode& node) {
  const std::string op = quoted_name(node.op_type);
  return "node " + quoted_name(node.name.empty() && !node.outputs.empty() ? node.outputs[0] : node.name) +
         " (" + op.substr(1, op.size() - 2) + ")";
}

}  // namespace scrawl
