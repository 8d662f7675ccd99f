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
  /// If the name is taken, use the first free one of `folder`-2, `folder`-3 ...; two processes never get the
  /// same one.
  bool next_free = false;
  bool resume = false;      ///< continue the run in `folder`, if there is one
  bool overwrite = false;   ///< delete the run in `folder`, if there is one
  std::size_t threads = 0;  ///< 0: default_threads
  Target target = default_target();
  double checkpoint_seconds = 10;  ///< time between two checkpoints; 0: after every step
};

/// The result of a run, as in its result.json and `scrawl train --json`.
struct RunResult {
  /// The values of one member of an ensemble.
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

/// The result of a finished run as one line of JSON, as in result.json.
std::string to_json(const RunResult& result);

/// The paths in the folder of a run.
struct RunFolder {
  explicit RunFolder(const std::filesystem::path& run);

  /// The result, or nothing if the run is not finished. Throws Error(bad_data) for a file that scrawl did not
  /// write.
  std::optional<RunResult> read_result() const;
  /// The folder of one member of an ensemble, counted from 0.
  RunFolder member(std::size_t number) const;

  std::filesystem::path folder, recipe, metrics, events, checkpoint, model, result, lock;
};

/// Callbacks during a run, for display.
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
/// and the pictures and page of draw_run and report_page (report.h), which are removed when the run is
/// replaced.
///
/// The members of an ensemble (Recipe::members) are trained one after the other, each as a separate run
/// (member_recipe) in a subfolder `member-1`, `member-2` ... The run itself then has no checkpoint and no
/// log. At the end it has the mean of its members' metrics and one model of them all. Its report has the
/// accuracies of that model, the sums of the members' steps, times and parameters, and the members' own
/// values under "members".
///
/// TensorBoard's log contains about a thousand points of loss, learning rate, epoch and accuracies; the first
/// 64 training images; and at the end the first 64 misread test images. If a set is sorted by class, these
/// are 64 from all over it. Only grey images are shown.
///
/// Even if the process is killed, resuming ends with the same bits as an uninterrupted run, except for the
/// times in TensorBoard's log. A run whose model has custom layers must be resumed by the program itself, and
/// its model read with load_model and those layers.
///
/// Throws Error(invalid_argument) if the folder contains a run and neither resume nor overwrite is set, or if
/// the run to be resumed has another recipe; Error(io) if another process works in the folder; and what
/// Trainer throws for recipe and data. In these cases nothing has been created or changed. If training
/// diverges, throws Error(invalid_argument) and leaves the last checkpoint, whose numbers are all finite, but
/// no model and no result.
RunResult run_recipe(const Recipe& recipe, const TrainingData& data, const RunOptions& options,
                     const RunCallbacks& callbacks = {});

/// Whether the folder contains a run of exactly this recipe, finished or not.
bool holds_run_of(const Recipe& recipe, const std::filesystem::path& folder);

/// The result of the run in the folder, or nothing if it is not finished. Throws Error if the finished run
/// has another recipe.
std::optional<RunResult> finished_run(const Recipe& recipe, const std::filesystem::path& folder);

}  // namespace scrawl
#pragma GCC visibility pop
