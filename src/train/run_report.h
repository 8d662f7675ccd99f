#pragma once

#include "scrawl/trainer.h"

#include <filesystem>

#include <nlohmann/json.hpp>

namespace scrawl {

/// What result.json says of a run.
nlohmann::ordered_json report_json(const Recipe& recipe, const TrainReport& report, const TrainingData& data,
                                   const std::filesystem::path& folder);

}  // namespace scrawl
