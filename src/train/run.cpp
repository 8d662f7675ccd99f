#include "scrawl/run.h"

#include "scrawl/error.h"
#include "scrawl/model_file.h"

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "train/checkpoint.h"
#include "train/contact_sheet.h"
#include "train/divergence.h"
#include "train/ensemble_run.h"
#include "train/event_log.h"
#include "train/metrics.h"
#include "train/run_files.h"
#include "train/run_report.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <numeric>
#include <optional>

namespace scrawl {
namespace {

using std::filesystem::path;

/// Recipes that train the same have the same text here: all keys as this version writes them, but for
/// [expect], which decides nothing.
std::string comparable(Recipe recipe) {
  recipe.expect = {};
  return to_toml(recipe);
}

/// The same of a recipe that a run's folder holds; its text itself where an older version or another program
/// wrote what is no recipe here.
std::string comparable(const std::string& text) {
  try {
    return comparable(parse_recipe(text));
  } catch (const Error&) {
    return text;
  }
}

/// Throws unless the folder's recipe is this one; names the first line that differs.
void check_same_recipe(const path& file, const Recipe& recipe) {
  const std::string written = read_text_file(file);
  if (written == to_toml(recipe)) return;
  const std::string there = comparable(written);
  const std::string text = comparable(recipe);
  if (there == text) return;
  const auto old_lines = split(there, '\n');
  const auto new_lines = split(text, '\n');
  std::size_t i = 0;
  while (i < old_lines.size() && i < new_lines.size() && old_lines[i] == new_lines[i]) ++i;
  const auto line = [&](const auto& lines) {
    return i < lines.size() ? std::string(lines[i]) : std::string("nothing");
  };
  throw Error(ErrorCode::invalid_argument,
              "the run in this folder has '" + line(old_lines) + "' where this one has '" + line(new_lines) +
                  "'; resume with the same recipe, --set and --seed, or choose another folder",
              file.string());
}

/// A name for each output; the data set may have fewer classes than the network.
std::vector<std::string> class_names(const Dataset& data, std::size_t outputs) {
  std::vector<std::string> names = data.class_names;
  while (names.size() < outputs) names.push_back(std::to_string(names.size()));
  return names;
}

/// Says when a time is over. Asked after every step, it looks at the clock about every millisecond only: a
/// look takes as long as a tenth of the shortest steps.
class Alarm {
 public:
  explicit Alarm(double seconds) : seconds_(seconds) {}

  bool is_over() {
    if (--steps_left_ > 0) return false;
    constexpr double often = 1e-3;
    const auto now = Clock::now();
    const double since_look = std::chrono::duration<double>(now - last_look_).count();
    last_look_ = now;
    stride_ = since_look < std::min(often, seconds_) ? std::min(2 * stride_, 4096) : std::max(stride_ / 2, 1);
    steps_left_ = stride_;
    return std::chrono::duration<double>(now - start_).count() >= seconds_;
  }
  void restart() { start_ = last_look_ = Clock::now(); }

 private:
  using Clock = std::chrono::steady_clock;
  double seconds_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_look_ = start_;
  int stride_ = 1;
  int steps_left_ = 1;
};

void log_first_images(EventLog& events, const DatasetView& images) {
  if (const auto sheet = contact_sheet(images, some_images(images, most_sheet_images)))
    events.add_image("images/train", 0, *sheet);
}

void log_misread_images(EventLog& events, const Trainer& trainer, const DatasetView& images, Target target) {
  constexpr std::size_t batch = 128;
  Evaluator evaluator(trainer.network(), trainer.preprocessing(), batch, trainer.threads(), target);
  const auto indices = first_misread(evaluator, trainer.network(), images, most_sheet_images);
  if (const auto sheet = contact_sheet(images, indices))
    events.add_image("images/misread", trainer.steps(), *sheet);
}

std::string report_in(const RunFiles& files) {
  return file_exists(files.result) ? std::string(trimmed(read_text_file(files.result))) : "";
}

/// Throws where a run in this folder is refused. Returns the report of a finished run that is only repeated.
std::string check_folder(const RunFiles& files, const Recipe& recipe, const RunOptions& options) {
  check_nothing_is_lost(files, options);
  if (!options.resume || !file_exists(files.recipe)) return "";
  check_same_recipe(files.recipe, recipe);
  return report_in(files);
}

/// Goes on from the checkpoint, if there is one; returns its step.
std::uint64_t restore(Trainer& trainer, const RunFiles& files, const std::string& data_sha256) {
  if (!file_exists(files.checkpoint)) return 0;
  const TrainingState saved = load_checkpoint(files.checkpoint, data_sha256);
  try {
    trainer.restore(saved);
  } catch (const Error& error) {
    throw Error(ErrorCode::bad_data,
                "the checkpoint does not fit the recipe.toml beside it: " + error.message() +
                    "; put the right one in its place, or delete it to start the run afresh",
                files.checkpoint.string());
  }
  return saved.step;
}

RunResult stopped_in(const RunFiles& files) {
  return {.finished = false, .was_finished = false, .folder = files.folder, .report_json = {}, .lines = {}};
}

/// Trains one network. REQUIRES a run's folder with this recipe, locked.
RunResult run_network(Trainer& trainer, const TrainingData& data, const RunOptions& options,
                      const RunCallbacks& callbacks, const RunFiles& files) {
  const Recipe& recipe = trainer.recipe();
  const std::uint64_t first_step = restore(trainer, files, data.train_file.sha256);
  const std::uint64_t last_row = trainer.last_record(first_step);
  MetricsFile metrics(files.metrics, last_row);
  EventLog events(files.events, first_step, trainer.steps(), last_row);
  if (events.is_new()) log_first_images(events, data.train);
  if (callbacks.on_start) callbacks.on_start(trainer, first_step);

  std::uint64_t saved_step = first_step;
  const auto save = [&] {
    metrics.sync();
    events.sync();
    const TrainingState state = trainer.state();
    save_checkpoint(files.checkpoint, state, data.train_file.sha256);
    saved_step = state.step;
  };
  Alarm checkpoint(options.checkpoint_seconds);
  std::atomic<bool> stopped = false;
  TrainerCallbacks inner;
  inner.on_record = [&](const Record& record) {
    metrics.add(record);
    events.add(record);
    if (callbacks.on_record) callbacks.on_record(record);
  };
  // Training pauses for a checkpoint, so that writing it is not counted as training.
  inner.on_step = [&](const StepInfo& info) {
    if (callbacks.on_step && callbacks.on_step(info) == Flow::stop) stopped = true;
    return stopped || checkpoint.is_over() ? Flow::stop : Flow::go_on;
  };
  if (callbacks.stop_requested)
    inner.stop_requested = [&] {
      if (callbacks.stop_requested()) stopped = true;
      return stopped.load();
    };
  try {
    while (!trainer.train(inner) && !stopped) {
      save();
      checkpoint.restart();
    }
  } catch (const Diverged& error) {
    const std::string kept = "; the checkpoint of step " + std::to_string(saved_step) + " is kept";
    throw Error(error.code(), error.message() + (saved_step > 0 ? kept : ""), files.folder.string());
  }
  // Before the last checkpoint: where that is there, so is the picture.
  if (trainer.finished() && first_step < trainer.steps())
    log_misread_images(events, trainer, data.test, options.target);
  save();
  if (!trainer.finished()) return stopped_in(files);

  const TrainReport report = trainer.report();
  save_model(files.model, trainer.network(),
             {.preprocessing = trainer.preprocessing(),
              .loss = recipe.loss,
              .classes = class_names(data.train_file, trainer.network().outputs()),
              .recipe = recipe.name,
              .recipe_text = to_toml(recipe),
              .seed = recipe.seed,
              .data = recipe.data.name,
              .data_sha256 = data.train_file.sha256});
  std::string json = dump_json(report_json(recipe, report, data, files.folder));
  write_file(files.result, json + "\n");
  return {.finished = true,
          .was_finished = false,
          .folder = files.folder,
          .report_json = std::move(json),
          .lines = report.lines};
}

}  // namespace

bool holds_run_of(const Recipe& recipe, const path& folder) {
  const RunFiles files(folder);
  if (!is_file(files.recipe)) return false;
  const std::string there = read_text_file(files.recipe);
  return there == to_toml(recipe) || comparable(there) == comparable(recipe);
}

std::string finished_report(const Recipe& recipe, const path& folder) {
  const RunFiles files(folder);
  std::string report = report_in(files);
  if (!report.empty()) check_same_recipe(files.recipe, recipe);
  return report;
}

RunResult run_recipe(const Recipe& recipe, const TrainingData& data, const RunOptions& options,
                     const RunCallbacks& callbacks) {
  if (options.folder.empty())
    throw Error(ErrorCode::invalid_argument, "RunOptions::folder is empty; say where the run shall be kept");
  const std::string recipe_text = to_toml(recipe);
  const auto finished_before = [&](const RunFiles& files) -> std::optional<RunResult> {
    std::string report = check_folder(files, recipe, options);
    if (report.empty()) return std::nullopt;
    return RunResult{.finished = true,
                     .was_finished = true,
                     .folder = files.folder,
                     .report_json = std::move(report),
                     .lines = {}};
  };
  // Whatever can be refused is refused before the folder is touched ...
  if (!options.next_free)
    if (auto result = finished_before(RunFiles(options.folder))) return *result;
  std::optional<Trainer> trainer(std::in_place, member_recipe(recipe, 0), data, options.threads,
                                 options.target);
  RunFolder folder(options);
  const RunFiles& files = folder.files();
  // ... and again when no other process can work in it any more.
  if (auto result = finished_before(files)) return *result;
  const bool resuming = options.resume && file_exists(files.recipe);
  remove_leftovers(files);
  if (!resuming) remove_run(files);
  // An older version may have begun the run.
  if (!resuming || read_text_file(files.recipe) != recipe_text) write_file(files.recipe, recipe_text);
  folder.keep();
  if (recipe.members == 1) return run_network(*trainer, data, options, callbacks, files);
  trainer.reset();  // each member has one of its own
  return run_members(recipe, data, options, callbacks, files);
}

}  // namespace scrawl
