#include "train/run_report.h"

#include <algorithm>
#include <array>

#include <sys/resource.h>

namespace scrawl {

using Json = nlohmann::ordered_json;

namespace {

double peak_rss_mib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;  // Linux counts in KiB
}

/// Whether an accuracy is little better than guessing: it is less than a tenth of the way from the share of
/// the most frequent class, which is what the same answer for all images gives, to 1.
bool is_at_chance(double accuracy, const DatasetView& images) {
  std::array<std::size_t, 256> counts{};
  for (const auto label : images.labels) ++counts[label];
  const auto most = *std::max_element(counts.begin(), counts.end());
  const double share = static_cast<double>(most) / static_cast<double>(images.size());
  return share < 1 && accuracy < share + 0.1 * (1 - share);
}

}  // namespace

Json report_json(const Recipe& recipe, const TrainReport& report, const TrainingData& data,
                 const std::filesystem::path& folder) {
  const bool numerical = recipe.training.gradient == Recipe::Gradient::numerical;
  const auto& range = recipe.expect.test_accuracy;
  // A numerical run is a demonstration of a few steps, of which nobody expects an accuracy.
  const bool expects = !numerical && range != Recipe::Expect().test_accuracy;
  const bool has_reference = !numerical && recipe.expect.reference > 0;
  return {
      {"recipe", report.recipe},
      {"seed", report.seed},
      {"threads", report.threads},
      {"target", to_string(report.target)},
      {"model", to_string(recipe.model)},
      {"parameters", report.parameters},
      {"data", recipe.data.name},
      {"data_sha256", data.train_file.sha256},
      {"steps", report.steps},
      {"epochs", report.epochs},
      {"train_seconds", report.steps_seconds + report.evaluation_seconds},
      {"steps_seconds", report.steps_seconds},
      {"evaluation_seconds", report.evaluation_seconds},
      {"final_evaluation_seconds", report.final_evaluation_seconds},
      {"images_per_second", report.images_per_second},
      {"final_loss", report.final_loss},
      {"train_accuracy", report.train_accuracy},
      {"validation_accuracy", report.validation_accuracy ? Json(*report.validation_accuracy) : Json()},
      {"test_accuracy", report.test_accuracy},
      {"at_chance", !numerical && is_at_chance(report.test_accuracy, data.test)},
      {"reference_accuracy", has_reference ? Json(recipe.expect.reference) : Json()},
      {"reference_source", has_reference ? Json(recipe.expect.reference_source) : Json()},
      {"expected_test_accuracy", expects ? Json(range) : Json()},
      {"as_expected",
       expects ? Json(range[0] <= report.test_accuracy && report.test_accuracy <= range[1]) : Json()},
      {"weights_sha256", report.weights_sha256},
      {"peak_rss_mib", peak_rss_mib()},
      {"folder", folder.string()},
      {"lines", report.lines},
  };
}

}  // namespace scrawl
