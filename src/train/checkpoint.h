#pragma once

#include "scrawl/trainer.h"

#include <filesystem>
#include <string>

namespace scrawl {

/// Writes the state of a run atomically. `data_sha256` is that of the training file.
void save_checkpoint(const std::filesystem::path& path, const TrainingState& state,
                     const std::string& data_sha256);

/// Throws Error(bad_data) for a damaged file and Error(invalid_argument) for other training data.
TrainingState load_checkpoint(const std::filesystem::path& path, const std::string& data_sha256);

}  // namespace scrawl
