#pragma once

#include "scrawl/model.h"

#include "base/files.h"

namespace scrawl {

// The weights alone, see encode_export().

/// Safetensors, as torch.nn.Sequential names the arrays.
Bytes encode_state_dict(const Member& member);

/// An npz, as NumPy tutorials name the arrays.
Bytes encode_numpy_arrays(const Member& member);

}  // namespace scrawl
