#pragma once

#include "scrawl/error.h"

#include "base/files.h"
#include "formats/tensor.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace scrawl {

/// Whether the bytes begin as NumPy's .npy files do.
bool is_npy(std::span<const std::byte> bytes);

/// The array of a .npy file (https://numpy.org/neps/nep-0001-npy-format.html), versions 1.0, 2.0 and 3.0,
/// under the name given. Values that are big-endian or in Fortran order are brought to the order of a
/// Tensor. Known are whole numbers of 1 to 8 bytes, float16, float32, float64 and bool, up to 256
/// different texts (which become a Tensor of type TEXT), and up to 64 dimensions. Throws Error naming `file`
/// and the byte: bad_data for what the format does not allow, and for too few or too many bytes; unsupported
/// for other types, such as Python objects (which are pickles) and structures, and for more texts. Allocates
/// no more than `bytes` and a few kilobytes, twice that for texts.
Tensor parse_npy(std::span<const std::byte> bytes, const std::string& file, std::string name = {});

/// The file that numpy.save writes for this array in C order (version 1.0). Throws Error(invalid_argument)
/// for BF16, F8_E5M2 and F8_E4M3, more than 64 dimensions, and data that does not fit dtype and shape.
Bytes encode_npy(const TensorView& tensor);

/// The arrays of an .npz file (a ZIP archive of .npy files, as numpy.savez and numpy.savez_compressed write
/// them), in its order, under their names without ".npy". Throws what read_zip and parse_npy throw, and
/// Error(bad_data) for an entry that is no .npy file; each names `file` and the entry. Memory: twice the
/// unpacked arrays at most, which `limits` bound.
std::vector<Tensor> parse_npz(std::span<const std::byte> bytes, const std::string& file,
                              const UnpackLimits& limits = {});

/// A compressed .npz file; equal arrays give equal bytes. Throws what encode_zip and encode_npy throw, such
/// as Error(invalid_argument) for a name that is used twice.
Bytes encode_npz(std::span<const TensorView> tensors);

}  // namespace scrawl
