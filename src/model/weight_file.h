#pragma once

#include "scrawl/unpack_limits.h"

#include "formats/tensor.h"

#include <filesystem>
#include <map>
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

/// Recognises the format by content. Throws Error(bad_data) for a file that is none of them.
WeightFile read_weights(const std::filesystem::path& path, const UnpackLimits& limits);

/// The same from bytes, which are taken over. `file` names them in errors.
WeightFile parse_weights(Bytes bytes, const std::string& file, const UnpackLimits& limits);

}  // namespace scrawl
