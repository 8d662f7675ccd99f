#pragma once

#include <cstddef>
#include <cstdint>

/// The bytes of models/reader.safetensors. The file that defines them is generated when scrawl is built.
namespace scrawl {

extern const std::uint8_t default_model_bytes[];
extern const std::size_t default_model_size;

}  // namespace scrawl
