#pragma once

#include "report/metrics_table.h"

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

  bool finished = false;  ///< only then is there what follows
  bool diverged = false;
  std::string recipe = {}, model = {}, weights_sha256 = {};
  std::optional<double> parameters = {};
  std::optional<double> test_accuracy = {}, validation_accuracy = {}, train_accuracy = {},
                        reference_accuracy = {};
  std::string reference_source = {};
  std::optional<double> train_seconds = {}, images_per_second = {};

  /// The value of a key of the recipe, "" if it has none; without the quotes of a text.
  std::string recipe_value(std::string_view key) const;
};

/// Throws Error(not_found) that says how to make a run where the folder holds none, and Error(bad_data) for
/// files that scrawl did not write.
RunFacts read_run(const std::filesystem::path& folder);

}  // namespace scrawl
