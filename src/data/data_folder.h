#pragma once

#include "scrawl/dataset.h"

#include <filesystem>
#include <map>
#include <optional>
#include <vector>

namespace scrawl {

/// The files of a folder by the part that their names speak of; sorted.
using FilesByPart = std::map<std::optional<Part>, std::vector<std::filesystem::path>>;

/// The data files of a folder by name and first bytes, without a .gz beside its unpacked form. Throws
/// Error(bad_data) for several whole data sets and for too many files.
FilesByPart data_files_in(const std::filesystem::path& folder);

}  // namespace scrawl
