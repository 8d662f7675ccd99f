#pragma once

#include "base/files.h"
#include "formats/tensor.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace scrawl {

/// One length in the shape of a graph's input or output: a number, a name such as "batch", or neither.
struct OnnxDimension {
  std::optional<std::int64_t> length;
  std::string symbol;
  bool operator==(const OnnxDimension&) const = default;
};

/// An input or output of a graph.
struct OnnxValue {
  std::string name;
  std::string dtype;  ///< as Tensor spells it; ONNX's own word ("STRING") for others, "" where none is given
  std::optional<std::vector<OnnxDimension>> shape;
};

using OnnxAttributeValue = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>,
                                        std::vector<float>, std::vector<std::string>, Tensor>;

/// One operation of a graph. An empty input name stands for an optional input that is not given.
struct OnnxNode {
  std::string name;
  std::string op_type;
  std::string domain = {};
  std::vector<std::string> inputs = {};
  std::vector<std::string> outputs = {};
  std::map<std::string, OnnxAttributeValue> attributes = {};
};

/// The content of an ONNX file (https://onnx.ai), as far as networks without control flow need it.
struct OnnxModel {
  std::int64_t ir_version = 7;
  std::int64_t opset = 13;  ///< of the default domain, whose operators have no domain
  std::string producer_name = {};
  std::string producer_version = {};
  std::map<std::string, std::string> metadata = {};
  std::string graph_name = {};
  std::vector<OnnxValue> inputs = {};
  std::vector<OnnxValue> outputs = {};
  std::vector<OnnxNode> nodes = {};
  std::vector<Tensor> initializers = {};
};

/// Whether the bytes begin as an ONNX file does: fields of a model, with a format version and a graph. Also
/// true for a damaged one. Allocates nothing.
bool is_onnx(std::span<const std::byte> bytes);

/// Reads an ONNX file. Checks each tensor's size, not whether the nodes fit together. Values that lie in
/// other files are read from `folder`, the model's own, see OnnxExternalData; where it is empty, they are
/// refused.
///
/// Throws Error(bad_data) for bytes that are not an ONNX model, and Error(unsupported) for sparse weights,
/// subgraphs (If, Loop, Scan), training information, functions, tensors of texts or complex numbers, and more
/// than 100,000 fields. Takes up to 3 times the file's size where tensors are stored as raw bytes, 24 times
/// for the wasteful encodings that protobuf allows, as much as those other files have, and 32 MB besides.
OnnxModel parse_onnx(std::span<const std::byte> bytes, const std::string& file,
                     const std::filesystem::path& folder = {});

/// The file as bytes; equal models give equal bytes. Throws Error(invalid_argument) for a tensor whose type
/// is unknown or whose data do not have the size that type and shape say, and for more than 2 GB.
Bytes encode_onnx(const OnnxModel& model);

/// A name from a file in quotation marks, cut and made printable, for messages.
std::string quoted_name(std::string_view name);

/// "node 'fc1' (Gemm)", for messages.
std::string describe(const OnnxNode& node);

}  // namespace scrawl
