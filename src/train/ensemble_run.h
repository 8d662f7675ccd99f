#pragma once

#include "scrawl/run.h"

namespace scrawl {

/// Trains the unfinished members of an ensemble, each in its folder, and then writes the results of the whole
/// (see run_recipe). REQUIRES a locked run folder with this recipe.
RunResult run_members(const Recipe& recipe, const TrainingData& data, const RunOptions& options,
                      const RunCallbacks& callbacks, const RunFolder& run);

}  // namespace scrawl
