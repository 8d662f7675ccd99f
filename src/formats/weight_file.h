#pragma once

#include "scrawl/library.h"

#include "formats/tensor.h"

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace scrawl {

enum class WeightFormat { pickle, npz, safetensors, torch, onnx };
std::string_view to_string(WeightFormat format);

/// The named arrays of a file, in its order; for ONNX the bytes of the whole model instead.
struct WeightFile {
  WeightFormat format = WeightFormat::pickle;
  std::vector<Tensor> arrays;
  std::map<std::string, std::string> metadata = {};  // safetensors only
  Bytes onnx = {};
};

bool is_safetensors(std::span<const std::byte> bytes);

/// The format of bytes that are not compressed, by their content; nullopt for none of them. Throws Error that
/// names `file` for a damaged ZIP archive, and for what Keras writes, with the remedy.
std::optional<WeightFormat> recognise(std::span<const std::byte> bytes, const std::string& file);

/// Recognises the format by content. Throws Error(bad_data) for a file that is none of them.
WeightFile read_weights(const std::filesystem::path& path, const UnpackLimits& limits);

/// The same from bytes, which are taken over. `file` names them in errors.
WeightFile parse_weights(Bytes bytes, const std::string& file, const UnpackLimits& limits);

}  // namespace scrawl
