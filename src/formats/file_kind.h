#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace scrawl {

/// What a file with other content than expected seems to be, for messages: "a PNG picture", "a web page",
/// "a text file that begins with 'id,label'"; "" where its first bytes do not tell. REQUIRES bytes.
std::string file_kind(std::span<const std::byte> bytes);

/// The same as a whole message, for a reader that cannot use the bytes: "is a PNG picture, not a model; name
/// a model file". It also knows empty files, files that were cut off or filled with zeros, and the pointers
/// that Git LFS leaves in place of files, which have remedies of their own. `wanted` says what it should have
/// been, `remedy` what to do otherwise.
std::string wrong_file(std::span<const std::byte> bytes, const std::string& wanted,
                       const std::string& remedy);

}  // namespace scrawl
