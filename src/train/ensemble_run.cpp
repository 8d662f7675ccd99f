#include "train/ensemble_run.h"

#include "scrawl/ensemble.h"
#include "scrawl/error.h"

#include "base/files.h"
#include "base/json.h"
#include "train/metrics.h"
#include "train/run_report.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace scrawl {
namespace {

using Json = nlohmann::ordered_json;

std::vector<CustomLayer> custom_layers(const ModelSpec& model) {
  std::vector<CustomLayer> layers;
  for (const auto& layer : model.layers)
    if (const auto* custom = std::get_if<CustomLayer>(&layer)) layers.push_back(*custom);
  return layers;
}

/// The members' models as one, which says of itself what the recipe of the ensemble says.
Model joined(const Recipe& recipe, const RunFiles& files) {
  const auto custom = custom_layers(recipe.model);
  std::vector<Model> models;
  models.reserve(recipe.members);
  for (std::size_t k = 0; k < recipe.members; ++k)
    models.push_back(load_model(RunFiles(files.member(k)).model, custom));
  Model model = join_models(std::move(models));
  model.info.recipe_text = to_toml(recipe);
  return model;
}

double accuracy(const Model& model, const DatasetView& images, const RunOptions& options) {
  const auto judgements = judge_members(model, images, options.threads, options.target).judgements;
  const auto right = std::count_if(judgements.begin(), judgements.end(),
                                   [](const Judgement& judgement) { return !judgement.is_mistake(); });
  return static_cast<double>(right) / static_cast<double>(images.size());
}

/// What the members' reports add up to; the accuracies are the ensemble's own.
TrainReport report_of(const Model& model, const Recipe& recipe, const TrainingData& data,
                      const std::vector<Json>& members, const RunOptions& options) {
  TrainReport report{.recipe = recipe.name,
                     .seed = recipe.seed,
                     .target = options.target,
                     .validation_accuracy = {},
                     .parameters = count_parameters(model),
                     .weights_sha256 = weights_sha256(model),
                     .lines = {}};
  double images = 0;
  for (const auto& member : members) {
    const auto number = [&](const char* key) { return member.at(key).get<double>(); };
    report.threads = std::max(report.threads, member.at("threads").get<std::size_t>());
    report.steps += member.at("steps").get<std::uint64_t>();
    report.epochs += number("epochs");
    report.steps_seconds += number("steps_seconds");
    report.evaluation_seconds += number("evaluation_seconds");
    report.final_evaluation_seconds += number("final_evaluation_seconds");
    report.final_loss += number("final_loss") / static_cast<double>(members.size());
    images += number("images_per_second") * number("steps_seconds");
    for (const auto& line : member.at("lines")) report.lines.push_back(line.get<std::string>());
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

/// Of a member's report what is not the same for all.
Json summary(const Json& report) {
  Json json;
  for (const char* key : {"seed", "train_seconds", "final_loss", "train_accuracy", "validation_accuracy",
                          "test_accuracy", "weights_sha256", "folder"})
    json[key] = report.at(key);
  return json;
}

Json parsed(const std::string& text, const RunFiles& member) {
  std::string problem = "is not a result that scrawl wrote";
  try {
    Json json = parse_json(text, result_json_limits);
    if (json.is_object()) return json;
  } catch (const Error& error) {
    problem = error.message();
  }
  throw Error(ErrorCode::bad_data, problem + "; delete it, and --resume makes it anew",
              member.result.string());
}

}  // namespace

RunResult run_members(const Recipe& recipe, const TrainingData& data, const RunOptions& options,
                      const RunCallbacks& callbacks, const RunFiles& files) {
  std::vector<Json> reports;
  std::vector<std::filesystem::path> metrics;
  RunCallbacks of_member = callbacks;
  of_member.on_member = {};
  of_member.on_member_end = {};
  for (std::size_t k = 0; k < recipe.members; ++k) {
    const RunFiles member(files.member(k));
    RunOptions here = options;
    here.folder = member.folder;
    here.next_free = false;
    here.resume = true;  // what is there belongs to this run
    here.overwrite = false;
    if (callbacks.on_member) callbacks.on_member(k);
    const RunResult result = run_recipe(member_recipe(recipe, k), data, here, of_member);
    if (!result.finished)
      return {
          .finished = false, .was_finished = false, .folder = files.folder, .report_json = {}, .lines = {}};
    if (callbacks.on_member_end) callbacks.on_member_end(k, result);
    reports.push_back(parsed(result.report_json, member));
    metrics.push_back(member.metrics);
  }

  write_mean_metrics(files.metrics, metrics);
  const Model model = joined(recipe, files);
  save_model(files.model, model);
  try {
    const TrainReport report = report_of(model, recipe, data, reports, options);
    Json json = report_json(recipe, report, data, files.folder);
    json["members"] = Json::array();
    for (const auto& member : reports) json["members"].push_back(summary(member));
    std::string text = dump_json(json);
    write_file(files.result, text + "\n");
    return {.finished = true,
            .was_finished = false,
            .folder = files.folder,
            .report_json = std::move(text),
            .lines = report.lines};
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorCode::bad_data,
                "the result of one of its members is not what scrawl wrote; delete the member's result.json, "
                "and --resume makes it anew",
                options.folder.string());
  }
}

}  // namespace scrawl
