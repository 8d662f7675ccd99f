#pragma once

#include "scrawl/model_spec.h"

#include "exchange/onnx_chain.h"
#include "exchange/onnx_writer.h"

#include <span>
#include <string_view>

namespace scrawl {

/// Writes one layer as nodes, the way it predicts.
void write_onnx_layer(OnnxWriter& writer, const LayerSpec& layer);

/// An operator that becomes a layer.
struct OnnxLayerOperator {
  std::string_view name;
  void (*read)(OnnxChain&, const OnnxNodeReader&);
  std::string_view attributes;  ///< up to opset 25, which differs from 24 in types of two bits only
};
std::span<const OnnxLayerOperator> onnx_layer_operators();

/// Whether the node is the Mul of x * sigmoid(x), which exporters write as two nodes; and its reader.
bool is_onnx_gate(const OnnxChain& chain, const OnnxNodeReader& reader);
void read_onnx_gate(OnnxChain& chain, const OnnxNodeReader& reader);

/// Whether the last layer can have a bias and has none yet, so that an Add after it may be its bias.
bool lacks_bias(const OnnxChain& chain);
/// Makes input `input` of the node the bias of the last layer, one value for each output or channel. Throws
/// Error(unsupported) for any other addend.
void set_onnx_bias(OnnxChain& chain, const OnnxNodeReader& reader, std::size_t input);

}  // namespace scrawl
