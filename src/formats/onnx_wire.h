#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace scrawl {

/// Walks over a model's fields before they are unpacked, because an empty field of two bytes may become a
/// message of two hundred. Throws Error(bad_data) with the offset where the bytes are no protobuf message,
/// and Error(unsupported) for more than 100,000 fields.
void check_onnx_wire(std::span<const std::byte> bytes, const std::string& file);

}  // namespace scrawl
