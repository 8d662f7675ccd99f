#include "scrawl/run.h"

#include "scrawl/error.h"
#include "scrawl/model.h"

#include "base/file_system.h"
#include "base/files.h"
#include "base/text.h"
#include "train/checkpoint.h"
#include "train/contact_sheet.h"
#include "train/divergence.h"
#include "train/ensemble_run.h"
#include "train/event_log.h"
#include "train/metrics.h"
#include "train/run_folder.h"
#include "train/run_result.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <numeric>
#include <optional>

namespace scrawl {
namespace {

using std::filesystem::path;

/// The recipe as text for comparison, without [expect], which does not affect training.
std::string comparable(Recipe recipe) {
  recipe.expect = {};
  return to_toml(recipe);
}

/// The same for the recipe in a run's folder; unchanged if this version cannot parse it.
std::string comparable(const std::string& text) {
  try {
    return comparable(parse_recipe(text));
  } catch (const Error&) {
    return text;
  }
}

/// Throws unless the folder contains this recipe; names the first line that differs.
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

std::vector<std::string> class_names(const Dataset& data, std::size_t outputs) {
  std::vector<std::string> names = data.class_names;
  while (names.size() < outputs) names.push_back(std::to_string(names.size()));
  return names;
}

/// A timer for every step that reads the clock about once per millisecond: it takes a tenth of short steps.
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

/// Throws if a run in this folder is refused. Returns the result of a run that is already finished.
std::optional<RunResult> check_folder(const RunFolder& run, const Recipe& recipe, const RunOptions& options) {
  check_nothing_is_lost(run, options);
  if (!options.resume || !file_exists(run.recipe)) return {};
  check_same_recipe(run.recipe, recipe);
  return run.read_result();
}

/// Restores the checkpoint, if there is one; returns its step.
std::uint64_t restore(Trainer& trainer, const RunFolder& run, const std::string& data_sha256) {
  if (!file_exists(run.checkpoint)) return 0;
  const TrainingState saved = load_checkpoint(run.checkpoint, data_sha256);
  try {
    trainer.restore(saved);
  } catch (const Error& error) {
    throw Error(ErrorCode::bad_data,
                "the checkpoint does not fit the recipe.toml beside it: " + error.message() +
                    "; replace it with the right one, or delete it to restart the run",
                run.checkpoint.string());
  }
  return saved.step;
}

/// Trains one network. REQUIRES a locked run folder with this recipe.
RunResult run_network(Trainer& trainer, const TrainingData& data, const RunOptions& options,
                      const RunCallbacks& callbacks, const RunFolder& run) {
  const Recipe& recipe = trainer.recipe();
  std::string data_sha256 = data.train_file.sha256 + data.added_sha256;
  if (const auto& teacher = recipe.training.teacher) data_sha256 += weights_sha256(load_model(*teacher));
  const std::uint64_t first_step = restore(trainer, run, data_sha256);
  const std::uint64_t last_row = trainer.last_record(first_step);
  MetricsFile metrics(run.metrics, last_row);
  EventLog events(run.events, first_step, trainer.steps(), last_row);
  if (events.is_new()) log_first_images(events, data.train);
  if (callbacks.on_start) callbacks.on_start(trainer, first_step);

  std::uint64_t saved_step = first_step;
  const auto save = [&] {
    metrics.sync();
    events.sync();
    const TrainingState state = trainer.state();
    save_checkpoint(run.checkpoint, state, data_sha256);
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
  // Training pauses for a checkpoint, so its time is not counted as training.
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
    throw Error(error.code(), error.message() + (saved_step > 0 ? kept : ""), run.folder.string());
  }
  // Before the last checkpoint, whose presence implies that of the picture.
  if (trainer.finished() && first_step < trainer.steps())
    log_misread_images(events, trainer, data.test, options.target);
  save();
  if (!trainer.finished()) return {.folder = run.folder};

  save_model(run.model, trainer.network(),
             {.preprocessing = trainer.preprocessing(),
              .loss = recipe.loss,
              .classes = class_names(data.train_file, trainer.network().outputs()),
              .recipe = recipe.name,
              .recipe_text = to_toml(recipe),
              .seed = recipe.seed,
              .data = recipe.data.name,
              .data_sha256 = data.train_file.sha256});
  return finish_run(recipe, trainer.report(), data, run);
}

/// A new run in the folder of its teacher would delete it.
void check_teacher_stays(const path& teacher, const path& folder) {
  if (!is_folder(folder) || !file_exists(teacher)) return;
  const path file = real_path(teacher);
  const path run = real_path(folder);
  if (std::mismatch(run.begin(), run.end(), file.begin(), file.end()).first == run.end())
    throw Error(
        ErrorCode::invalid_argument,
        "is the teacher, and lies in the folder of the run; choose another folder with --out, or copy it",
        teacher.string());
}

}  // namespace

bool holds_run_of(const Recipe& recipe, const path& folder) {
  const RunFolder run(folder);
  if (!is_file(run.recipe)) return false;
  const std::string there = read_text_file(run.recipe);
  return there == to_toml(recipe) || comparable(there) == comparable(recipe);
}

std::optional<RunResult> finished_run(const Recipe& recipe, const path& folder) {
  const RunFolder run(folder);
  auto result = run.read_result();
  if (result) check_same_recipe(run.recipe, recipe);
  return result;
}

RunResult run_recipe(const Recipe& recipe, const TrainingData& data, const RunOptions& options,
                     const RunCallbacks& callbacks) {
  if (options.folder.empty())
    throw Error(ErrorCode::invalid_argument, "RunOptions::folder is empty; set the folder for the run");
  const std::string recipe_text = to_toml(recipe);
  // Check everything before touching the folder ...
  if (recipe.training.teacher && !options.resume)
    check_teacher_stays(*recipe.training.teacher, options.folder);
  if (!options.next_free)
    if (auto result = check_folder(RunFolder(options.folder), recipe, options)) return *result;
  std::optional<Trainer> trainer(std::in_place, member_recipe(recipe, 0), data, options.threads,
                                 options.target);
  LockedRunFolder locked(options);
  const RunFolder& run = locked.folder();
  // ... and again when it is locked.
  if (auto result = check_folder(run, recipe, options)) return *result;
  const bool resuming = options.resume && file_exists(run.recipe);
  remove_leftovers(run);
  if (!resuming) remove_run(run);
  // An older version may have started the run.
  if (!resuming || read_text_file(run.recipe) != recipe_text) write_file(run.recipe, recipe_text);
  locked.keep();
  if (recipe.members == 1) return run_network(*trainer, data, options, callbacks, run);
  trainer.reset();  // each member has its own
  return run_members(recipe, data, options, callbacks, run);
}

}  // namespace scrawl
