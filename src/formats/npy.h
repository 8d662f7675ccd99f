#pragma once

#include "base/files.h"
#include "formats/tensor.h"

#include <cstddef>
#include <span>
#include <string>

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

}  // namespace scrawl
