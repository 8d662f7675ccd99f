#pragma once

#include "scrawl/run.h"

#include <vector>

namespace scrawl {

/// Writes result.json, which makes the run a finished one, and returns what it says.
RunResult finish_run(const Recipe& recipe, TrainReport report, const TrainingData& data, const RunFolder& run,
                     std::vector<RunResult::Member> members = {});

}  // namespace scrawl
