#pragma once

#include "scrawl/run.h"

#include <vector>

namespace scrawl {

/// Writes result.json, which marks the run as finished, and returns its contents.
RunResult finish_run(const Recipe& recipe, TrainReport report, const TrainingData& data, const RunFolder& run,
                     std::vector<RunResult::Member> members = {});

}  // namespace scrawl
