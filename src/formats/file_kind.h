#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace scrawl {

/// What a file with other content than expected seems to be, for messages: "a PNG picture", "a web page",
/// "a text file that begins with 'id,label'"; "" where its first bytes do not tell. REQUIRES bytes.
std::string file_kind(std::span<const std::byte> bytes);

/// The message of a reader that cannot use the bytes: "is a PNG picture, not a model; name a model file".
/// `wanted` is what was expected. Empty files, files of zeros and Git LFS pointers have remedies of their own
/// instead of `remedy`.
std::string wrong_file(std::span<const std::byte> bytes, const std::string& wanted,
                       const std::string& remedy);

}  // namespace scrawl
