#pragma once

#include "scrawl/library.h"

#include "formats/tensor.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace scrawl {

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

/// Whether the bytes are from torch.save before PyTorch 1.6, which parse_torch refuses with a remedy.
bool is_legacy_torch(std::span<const std::byte> bytes);

}  // namespace scrawl
