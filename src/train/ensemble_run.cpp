#include "train/ensemble_run.h"

#include "scrawl/error.h"
#include "scrawl/evaluation.h"
#include "scrawl/model.h"

#include "nn/layer_kinds.h"
#include "train/metrics.h"
#include "train/run_result.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace scrawl {
namespace {

std::vector<CustomLayer> custom_layers(const ModelSpec& model) {
  std::vector<CustomLayer> layers;
  for (const auto& layer : model.layers)
    if (const auto* custom = as<CustomLayer>(layer)) layers.push_back(*custom);
  return layers;
}

/// The members' models as one, described by the ensemble's recipe.
Model joined_members(const Recipe& recipe, const RunFolder& run) {
  const auto custom = custom_layers(recipe.model);
  std::vector<Model> models;
  models.reserve(recipe.members);
  for (std::size_t k = 0; k < recipe.members; ++k) models.push_back(load_model(run.member(k).model, custom));
  Model model = join_models(std::move(models));
  model.members.front().info.recipe_text = to_toml(recipe);
  return model;
}

double accuracy(const Model& model, const DatasetView& images, const RunOptions& options) {
  const auto judgements = judge_members(model, images, options.threads, options.target).judgements;
  const auto right = std::count_if(judgements.begin(), judgements.end(),
                                   [](const Judgement& judgement) { return !judgement.is_mistake(); });
  return static_cast<double>(right) / static_cast<double>(images.size());
}

/// The sums of the members' reports, with the ensemble's own accuracies.
TrainReport report_of(const Model& model, const Recipe& recipe, const TrainingData& data,
                      const std::vector<RunResult>& members, const RunOptions& options) {
  TrainReport report{.recipe = recipe.name,
                     .seed = recipe.seed,
                     .target = options.target,
                     .validation_accuracy = {},
                     .parameters = count_parameters(model),
                     .weights_sha256 = weights_sha256(model),
                     .lines = {}};
  double images = 0;
  for (const auto& result : members) {
    const TrainReport& member = result.report;
    report.threads = std::max(report.threads, member.threads);
    report.steps += member.steps;
    report.epochs += member.epochs;
    report.steps_seconds += member.steps_seconds;
    report.evaluation_seconds += member.evaluation_seconds;
    report.final_evaluation_seconds += member.final_evaluation_seconds;
    report.final_loss += member.final_loss / static_cast<double>(members.size());
    images += member.images_per_second * member.steps_seconds;
    report.lines.insert(report.lines.end(), member.lines.begin(), member.lines.end());
  }
  report.images_per_second = report.steps_seconds > 0 ? images / report.steps_seconds : 0;
  const auto start = std::chrono::steady_clock::now();
  report.train_accuracy = accuracy(model, data.train, options);
  if (data.validation.size() > 0) report.validation_accuracy = accuracy(model, data.validation, options);
  report.test_accuracy = accuracy(model, data.test, options);
  report.final_evaluation_seconds +=
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

RunResult::Member summary(const RunResult& result) {
  return {.seed = result.report.seed,
          .train_seconds = result.report.train_seconds(),
          .final_loss = result.report.final_loss,
          .train_accuracy = result.report.train_accuracy,
          .validation_accuracy = result.report.validation_accuracy,
          .test_accuracy = result.report.test_accuracy,
          .weights_sha256 = result.report.weights_sha256,
          .folder = result.folder};
}

}  // namespace

RunResult run_members(const Recipe& recipe, const TrainingData& data, const RunOptions& options,
                      const RunCallbacks& callbacks, const RunFolder& run) {
  std::vector<RunResult> results;
  std::vector<RunResult::Member> members;
  std::vector<std::filesystem::path> metrics;
  RunCallbacks of_member = callbacks;
  of_member.on_member = {};
  of_member.on_member_end = {};
  for (std::size_t k = 0; k < recipe.members; ++k) {
    const RunFolder member = run.member(k);
    RunOptions here = options;
    here.folder = member.folder;
    here.next_free = false;
    here.resume = true;  // the folder belongs to this run
    here.overwrite = false;
    if (callbacks.on_member) callbacks.on_member(k);
    RunResult result = run_recipe(member_recipe(recipe, k), data, here, of_member);
    if (!result.finished) return {.folder = run.folder};
    if (callbacks.on_member_end) callbacks.on_member_end(k, result);
    members.push_back(summary(result));
    metrics.push_back(member.metrics);
    results.push_back(std::move(result));
  }
  write_mean_metrics(run.metrics, metrics);
  const Model model = joined_members(recipe, run);
  save_model(run.model, model);
  return finish_run(recipe, report_of(model, recipe, data, results, options), data, run, std::move(members));
}

}  // namespace scrawl
