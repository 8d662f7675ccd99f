#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace scrawl {

/// SHA-256 of all that was added, in order.
class Sha256 {
 public:
  Sha256();
  void add(std::span<const std::byte> bytes);
  /// 64 hexadecimal digits; starts afresh afterwards.
  std::string hex();

 private:
  alignas(16) std::byte state_[256];
};

std::string sha256_hex(std::span<const std::byte> bytes);

}  // namespace scrawl
