#pragma once

#include "report/run_facts.h"

#include <string>
#include <vector>

namespace scrawl {

/// The tables of the page that compares runs, as markup. What the runs have reached:
std::string result_table(const std::vector<RunFacts>& runs);

/// The keys that not all recipes have with the same value, but for what is reported and expected.
std::string difference_table(const std::vector<RunFacts>& runs);

}  // namespace scrawl
