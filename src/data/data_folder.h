#pragma once

#include "scrawl/dataset.h"

#include <filesystem>
#include <map>
#include <optional>
#include <vector>

namespace scrawl {

/// The files of a folder by the part that their names speak of; sorted.
using FilesByPart = std::map<std::optional<Part>, std::vector<std::filesystem::path>>;

/// The files in a folder that hold data by their names and first bytes; notes and the like are passed over,
/// and so is a .gz beside its own unpacked form. Throws Error(bad_data) for several whole data sets, and for
/// more files than anybody means.
FilesByPart data_files_in(const std::filesystem::path& folder);

}  // namespace scrawl
