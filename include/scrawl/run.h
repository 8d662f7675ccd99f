#pragma once

// For programs that train into a folder, with checkpoints, logs and a result, as `scrawl train` does.

#include "scrawl/compute.h"
#include "scrawl/recipe.h"
#include "scrawl/trainer.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

struct RunOptions {
  std::filesystem::path folder = {};  ///< the folder of the run; see run_recipe
  /// If the name is taken, use the first free one of `folder`-2, `folder`-3 ..., unique among processes.
  bool next_free = false;
  bool resume = false;      ///< continue the run in `folder`, if there is one
  bool overwrite = false;   ///< delete the run in `folder`, if there is one
  std::size_t threads = 0;  ///< 0: default_threads
  Target target = default_target();
  double checkpoint_seconds = 10;  ///< time between two checkpoints; 0: after every step
};

/// The result of a run, as in its result.json and `scrawl train --json`.
struct RunResult {
  struct Member {
    std::uint64_t seed = 0;
    double train_seconds = 0;
    double final_loss = 0;
    double train_accuracy = 0;
    std::optional<double> validation_accuracy = {};
    double test_accuracy = 0;
    std::string weights_sha256 = {};
    std::filesystem::path folder = {};
  };

  bool finished = false;              ///< false: stopped by a callback, with a checkpoint to resume from
  bool was_finished = false;          ///< the folder contained a finished run: nothing was trained
  std::filesystem::path folder = {};  ///< the folder of the run

  // The following members are set only if finished is true.
  TrainReport report = {};
  std::string model = {};  ///< as text
  std::string data = {};   ///< the name in the recipe
  std::string data_sha256 = {};
  bool at_chance = false;                         ///< the test accuracy is little better than guessing
  bool diverged = false;                          ///< only scrawl 0.2 finished such runs
  std::optional<double> reference_accuracy = {};  ///< see Recipe::Expect
  std::optional<std::string> reference_source = {};
  std::optional<std::array<double, 2>> expected_test_accuracy = {};
  std::optional<bool> as_expected = {};
  double peak_rss_mib = 0;
  std::vector<Member> members = {};  ///< empty unless the run trained an ensemble
};

std::string to_json(const RunResult& result);  ///< one line of JSON, as in result.json

/// The paths in the folder of a run.
struct RunFolder {
  explicit RunFolder(const std::filesystem::path& run);

  /// The result, or nothing if the run is not finished. Throws Error(bad_data) for a malformed file.
  std::optional<RunResult> read_result() const;
  RunFolder member(std::size_t number) const;  ///< of a member of an ensemble, counted from 0

  std::filesystem::path folder, recipe, metrics, events, checkpoint, model, result, lock;
};

struct RunCallbacks {
  /// Called once, before the first step, with the step from which the run (re)starts. For an ensemble, once
  /// for each member that is still to be trained; steps and records are the member's.
  std::function<void(const Trainer& trainer, std::uint64_t first_step)> on_start;
  std::function<Flow(const StepInfo&)> on_step;
  std::function<void(const Record&)> on_record;
  /// For an ensemble, called before and after each member, counted from 0; also if it was finished before.
  std::function<void(std::size_t member)> on_member = {};
  std::function<void(std::size_t member, const RunResult&)> on_member_end = {};
  std::function<bool()> stop_requested = {};  ///< see TrainerCallbacks
};

/// Runs a recipe in a folder, which then contains
///
///     recipe.toml                   the recipe as run, including all defaults
///     metrics.csv                   loss and accuracies during the run
///     events.out.tfevents.scrawl    the same for TensorBoard, with some of the images: see below
///     checkpoint.safetensors        the state for resuming
///     model.safetensors             the trained model, at the end
///     result.json                   the report, at the end
///
/// and the output of draw_run and report_page (report.h), which is removed when the run is replaced.
///
/// The members of an ensemble (Recipe::members) are trained in turn, each as a separate run (member_recipe)
/// in a subfolder `member-1`, `member-2` ... The run itself has no checkpoint and no log, but at the end the
/// mean of its members' metrics and one model of them all. Its report has the accuracies of that model, the
/// sums of the members' steps, times and parameters, and the members' own values under "members".
///
/// TensorBoard's log has about a thousand points of loss, learning rate, epoch and accuracies, the first 64
/// training images, and at the end the first 64 misread test images (spread over the set if it is sorted by
/// class). Only grey images are shown.
///
/// Resuming, even if the process was killed, ends with the same bits as an uninterrupted run, except for
/// times in TensorBoard's log. A run with custom layers must be resumed by the program itself, and its model
/// read with load_model and those layers.
///
/// Throws Error(invalid_argument) if the folder contains a run and neither resume nor overwrite is set, or if
/// the run to be resumed has another recipe; Error(io) if another process works in the folder; and what
/// Trainer throws. In these cases nothing has changed. If training diverges, throws Error(invalid_argument)
/// and leaves the last checkpoint, whose numbers are finite, but no model and no result.
RunResult run_recipe(const Recipe& recipe, const TrainingData& data, const RunOptions& options,
                     const RunCallbacks& callbacks = {});

/// Whether the folder contains a run of exactly this recipe, finished or not.
bool holds_run_of(const Recipe& recipe, const std::filesystem::path& folder);

/// The folder's result, or nothing if it is not finished. Throws Error if that run has another recipe.
std::optional<RunResult> finished_run(const Recipe& recipe, const std::filesystem::path& folder);

}  // namespace scrawl
#pragma GCC visibility pop
