#pragma once

#include "scrawl/run.h"

#include "train/metrics.h"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace scrawl {

/// What a run's folder tells. Texts are as they stand in the files: hostile ones too.
struct RunFacts {
  std::filesystem::path folder;
  std::string name = {};  ///< of the folder
  std::string recipe_text = {};
  /// "section.key" and its value as TOML, in the order of the file.
  std::vector<std::pair<std::string, std::string>> recipe_keys = {};
  std::vector<MetricsRow> metrics = {};
  std::optional<RunResult> result = {};  ///< of a finished run

  /// The value of a key of the recipe, "" if it has none; without the quotes of a text.
  std::string recipe_value(std::string_view key) const;
};

/// Throws Error(not_found) if the folder holds no run, Error(bad_data) for files that scrawl did not write.
RunFacts read_run(const std::filesystem::path& folder);

}  // namespace scrawl
