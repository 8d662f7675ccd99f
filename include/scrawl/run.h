#pragma once

#include "scrawl/compute.h"
#include "scrawl/recipe.h"
#include "scrawl/trainer.h"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

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

struct RunResult {
  bool finished = false;           ///< false: stopped by a callback, with a checkpoint to resume from
  bool was_finished = false;       ///< the folder contained a finished run: nothing was trained
  std::filesystem::path folder;    ///< the folder of the run
  std::string report_json;         ///< the report as one line of JSON; empty unless finished
  std::vector<std::string> lines;  ///< the author's last lines
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

/// The report in the run folder if its run is finished, otherwise "". Throws Error if a finished run has
/// another recipe.
std::string finished_report(const Recipe& recipe, const std::filesystem::path& folder);

}  // namespace scrawl
#pragma GCC visibility pop
