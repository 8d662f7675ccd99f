#pragma once

#include "scrawl/run.h"

namespace scrawl {

/// Trains the members of an ensemble that are not finished yet, each in its folder, and then leaves what
/// run_recipe says of the whole. REQUIRES a run's folder with this recipe, locked.
RunResult run_members(const Recipe& recipe, const TrainingData& data, const RunOptions& options,
                      const RunCallbacks& callbacks, const RunFolder& run);

}  // namespace scrawl
