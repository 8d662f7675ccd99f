#pragma once

#include "base/sha256.h"

#include <cstdint>
#include <span>
#include <string>

namespace scrawl {

/// Dataset::sha256: of the image bytes, then the label bytes.
inline std::string content_sha256(std::span<const std::uint8_t> images,
                                  std::span<const std::uint8_t> labels) {
  Sha256 hash;
  hash.add(std::as_bytes(images));
  hash.add(std::as_bytes(labels));
  return hash.hex();
}

}  // namespace scrawl
