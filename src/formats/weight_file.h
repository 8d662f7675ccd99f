#pragma once

#include "scrawl/error.h"

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

/// The tensors that torch.save wrote (.pt, .pth): a state dict, a checkpoint that holds one or several, a
/// list of tensors or one tensor. They come in the order of the file, with names as arrays() of pickle.h
/// makes them: {"model_state_dict": {"0.weight": t}} gives "model_state_dict.0.weight". Strided tensors are
/// brought to C order. Numbers and texts are passed over, and nothing in the file is run. Throws Error that
/// names `file` and the remedy: bad_data for what is damaged; unsupported for whole modules (save
/// model.state_dict()), the form from before PyTorch 1.6, complex and quantised tensors, big-endian files,
/// and what exceeds the limits. Memory: what the zip file unpacks to, within `limits`; four times that and 1
/// MiB for tensors, which may share their storages; and for data.pkl what parse_pickle says.
std::vector<Tensor> parse_torch(std::span<const std::byte> bytes, const std::string& file,
                                const UnpackLimits& limits = {});

}  // namespace scrawl
