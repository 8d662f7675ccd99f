#pragma once

#include "formats/onnx.h"
#include "formats/onnx.pb.h"
#include "formats/onnx_external.h"

#include <cstddef>
#include <span>
#include <string>

namespace scrawl {

/// The type with ONNX's number as Tensor spells it; ONNX's own word for a type that Tensor has not.
std::string onnx_dtype(int number);

/// ONNX's number for a type of Tensor. Throws Error(invalid_argument) for an unknown one.
int onnx_dtype_number(const std::string& dtype);

/// The tensor as plain values; empties `from`. `place` names it in messages.
Tensor read_onnx_tensor(onnx::TensorProto& from, const std::string& place, const std::string& file,
                        OnnxExternalData& external);

void write_onnx_tensor(const Tensor& tensor, onnx::TensorProto& to);

/// Walks over a model's fields before they are unpacked, because an empty field of two bytes may become a
/// message of two hundred. Throws Error(bad_data) with the offset where the bytes are not a protobuf message,
/// and Error(unsupported) for more than 100,000 fields.
void check_onnx_wire(std::span<const std::byte> bytes, const std::string& file);

}  // namespace scrawl
