#pragma once

#include "base/files.h"
#include "formats/tensor.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scrawl {

/// The format's own limit, in bytes.
constexpr std::uint64_t most_safetensors_header = 100'000'000;

/// The content of a safetensors file (https://github.com/huggingface/safetensors): eight bytes with the
/// length of a JSON header, the header, and the arrays without gaps.
struct SafetensorsFile {
  std::map<std::string, std::string> metadata;
  std::vector<Tensor> tensors;  ///< in the order of their data

  /// The tensor of this name, or null.
  const Tensor* find(std::string_view name) const;
};

/// Throws Error(bad_data), naming `file` and the offset or tensor, and Error(unsupported) for more than
/// 100,000 tensors and metadata. Allocates at most five times `bytes`, and 64 MB.
SafetensorsFile parse_safetensors(std::span<const std::byte> bytes, const std::string& file);

/// The file as bytes, tensors in the order given. Bytes of the metadata that are not UTF-8 are written as
/// as_utf8 does. Throws Error(invalid_argument) for a name that is used twice, reserved or not UTF-8, and for
/// data that does not fit dtype and shape.
Bytes encode_safetensors(const std::map<std::string, std::string>& metadata,
                         const std::vector<TensorView>& tensors);

/// The same into a file that appears whole or not at all.
void write_safetensors(const std::filesystem::path& path, const std::map<std::string, std::string>& metadata,
                       const std::vector<TensorView>& tensors);

/// A float32 tensor over `values`; REQUIRES that the shape's product is their number.
TensorView float_tensor(std::string name, std::vector<std::size_t> shape, std::span<const float> values);

/// The float32 tensor `name`. Throws Error(bad_data) if it is missing or its type or shape differs.
std::vector<float> read_floats(const SafetensorsFile& content, std::string_view name,
                               const std::vector<std::size_t>& shape, const std::string& file);

}  // namespace scrawl
