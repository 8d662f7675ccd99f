#include "exchange/onnx_versions.h"

#include "base/text.h"

#include <algorithm>
#include <string_view>

namespace scrawl {
namespace {

constexpr std::int64_t oldest_opset = 7;

/// The attributes up to opset 25, which differs from 24 in types of two bits only.
struct Attributes {
  std::string_view op;
  std::string_view names;
};
constexpr Attributes known_attributes[] = {
    {"Add", ""},
    {"AveragePool", "auto_pad ceil_mode count_include_pad dilations kernel_shape pads strides"},
    {"BatchNormalization", "epsilon momentum spatial training_mode"},
    {"Cast", "round_mode saturate to"},
    {"Concat", "axis"},
    {"Constant",
     "sparse_value value value_float value_floats value_int value_ints value_string value_strings"},
    {"Conv", "auto_pad dilations group kernel_shape pads strides"},
    {"Div", ""},
    {"Dropout", "ratio seed"},
    {"Flatten", "axis"},
    {"Gather", "axis"},
    {"Gemm", "alpha beta transA transB"},
    {"GlobalAveragePool", ""},
    {"Identity", ""},
    {"LeakyRelu", "alpha"},
    {"LogSoftmax", "axis"},
    {"MatMul", ""},
    {"Max", ""},
    {"MaxPool", "auto_pad ceil_mode dilations kernel_shape pads storage_order strides"},
    {"Mul", ""},
    {"Pad", "mode pads value"},
    {"ReduceMean", "axes keepdims noop_with_empty_axes"},
    {"ReduceSum", "axes keepdims noop_with_empty_axes"},
    {"Relu", ""},
    {"Reshape", "allowzero"},
    {"Shape", "end start"},
    {"Sigmoid", ""},
    {"Softmax", "axis"},
    {"Squeeze", "axes"},
    {"Sub", ""},
    {"Tanh", ""},
    {"Transpose", "perm"},
    {"Unsqueeze", "axes"},
};

}  // namespace

void check_opset(std::int64_t opset, const std::string& file) {
  if (opset < oldest_opset)
    throw Error(ErrorCode::unsupported,
                "uses version " + std::to_string(opset) + " of ONNX's operators, and scrawl reads " +
                    std::to_string(oldest_opset) + " and later: export the model for opset 13",
                file);
}

std::string note_about_opset(std::int64_t opset) {
  if (opset <= latest_known_opset) return "";
  return "opset " + std::to_string(opset) + " is later than " + std::to_string(latest_known_opset) +
         ", the latest that scrawl knows; its operators are read as those of " +
         std::to_string(latest_known_opset);
}

void check_attributes(const OnnxNodeReader& reader) {
  if (reader.opset() <= latest_known_opset) return;
  const auto* const known = std::find_if(std::begin(known_attributes), std::end(known_attributes),
                                         [&](const Attributes& entry) { return entry.op == reader.op(); });
  if (known == std::end(known_attributes)) return;
  const auto names = split(known->names, ' ');
  for (const auto& [name, value] : reader.node().attributes)
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw reader.unsupported("its attribute " + quoted_name(name) +
                               " is not known; the model is for opset " + std::to_string(reader.opset()) +
                               ", and scrawl knows operators up to " + std::to_string(latest_known_opset) +
                               ": export the model for opset 13");
}

}  // namespace scrawl
