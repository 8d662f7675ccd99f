#pragma once

#include "scrawl/data_files.h"
#include "scrawl/dataset.h"

#include "data/catalog.h"

#include <filesystem>

namespace scrawl {

/// Where a data set lies in the cache that the options name.
std::filesystem::path dataset_folder(const KnownDataset& set, const FetchOptions& options);

/// fetch_dataset into any folder.
void fetch_into(const KnownDataset& set, const std::filesystem::path& folder, const FetchOptions& options);

/// load_dataset from any folder; `remedy` ends the message about a missing or damaged file.
Dataset load_from(const KnownDataset& set, Part part, const std::filesystem::path& folder, bool download,
                  const FetchOptions& options, const std::string& remedy);

}  // namespace scrawl
