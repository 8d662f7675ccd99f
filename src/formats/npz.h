#pragma once

#include "scrawl/library.h"

#include "base/files.h"
#include "formats/tensor.h"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace scrawl {

/// The arrays of an .npz file (a ZIP archive of .npy files, as numpy.savez and numpy.savez_compressed write
/// them), in its order, under their names without ".npy". Throws what read_zip and parse_npy throw, and
/// Error(bad_data) for an entry that is no .npy file; each names `file` and the entry. Memory: twice the
/// unpacked arrays at most, which `limits` bound.
std::vector<Tensor> parse_npz(std::span<const std::byte> bytes, const std::string& file,
                              const UnpackLimits& limits = {});

/// A compressed .npz file; equal arrays give equal bytes. Throws what encode_zip and encode_npy throw, such
/// as Error(invalid_argument) for a name that is used twice.
Bytes encode_npz(std::span<const TensorView> tensors);

/// The same into a file that appears whole or not at all.
void write_npz(const std::filesystem::path& path, std::span<const TensorView> tensors);

}  // namespace scrawl
