#pragma once

#include "scrawl/error.h"

#include "base/files.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace scrawl {

struct ZipEntry {
  std::string name;  ///< as it stands in the archive, in UTF-8; folders are parts of it: "data/0.npy"
  Bytes data;
};

/// Whether the bytes begin as a ZIP archive does.
bool is_zip(std::span<const std::byte> bytes);

/// The files of a ZIP archive in its order, unpacked; entries that are folders are skipped. Archives may be
/// of the 64-bit form; files may be stored or deflated. Throws Error naming `file` and the entry: bad_data
/// for damage, a wrong checksum, names used twice, entries that share bytes, more than 16,384 entries, and
/// for more output in all than the limits allow for an archive of this size; unsupported for encryption and
/// other compression. Memory grows with the output, at most twice as much, and never ahead of it; what is
/// known of the entries takes up to the archive's size, and some 10 MB.
std::vector<ZipEntry> read_zip(std::span<const std::byte> bytes, const std::string& file,
                               const UnpackLimits& limits = {});

/// The names of all entries, folders included, in the archive's order; unpacks nothing. Throws Error naming
/// `file` for what is no archive, or a damaged one.
std::vector<std::string> zip_names(std::span<const std::byte> bytes, const std::string& file);

/// A ZIP archive of deflated files, all dated 1980-01-01, so that equal entries give equal bytes. Throws
/// Error(invalid_argument) for names that are empty, repeated, not UTF-8 or end in '/', and too many entries.
Bytes encode_zip(std::span<const ZipEntry> entries);

}  // namespace scrawl
