#include "base/sha256.h"

#include "base/utf8.h"

#include <array>
#include <cstdint>

#include <nettle/sha2.h>

namespace scrawl {
namespace {

sha256_ctx* context(std::byte* state) { return reinterpret_cast<sha256_ctx*>(state); }

}  // namespace

Sha256::Sha256() {
  static_assert(sizeof(sha256_ctx) <= sizeof(state_));
  sha256_init(context(state_));
}

void Sha256::add(std::span<const std::byte> bytes) {
  sha256_update(context(state_), bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
}

std::string Sha256::hex() {
  std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest;
  sha256_digest(context(state_), digest.size(), digest.data());
  std::string text;
  for (const auto byte : digest) text += hex_byte(byte);
  return text;
}

std::string sha256_hex(std::span<const std::byte> bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.hex();
}

}  // namespace scrawl
