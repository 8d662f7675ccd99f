#pragma once

#include <cstddef>
#include <cstdint>

/// The bytes of models/reader.safetensors, defined in a file that the build generates.
namespace scrawl {

extern const std::uint8_t default_model_bytes[];
extern const std::size_t default_model_size;

}  // namespace scrawl
