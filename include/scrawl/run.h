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
  std::filesystem::path folder = {};  ///< where the run is kept; see run_recipe
  /// If there is something of that name, keep the run in the first free one of `folder`-2, `folder`-3 ...;
  /// two processes never get the same.
  bool next_free = false;
  bool resume = false;      ///< go on with the run in `folder`, if there is one
  bool overwrite = false;   ///< throw away the run in `folder`, if there is one
  std::size_t threads = 0;  ///< 0: default_threads
  Target target = default_target();
  double checkpoint_seconds = 10;  ///< time between two checkpoints; 0: after every step
};

struct RunResult {
  bool finished = false;           ///< false: stopped by a callback, with a checkpoint to resume from
  bool was_finished = false;       ///< the folder held a finished run: nothing was trained
  std::filesystem::path folder;    ///< where the run is
  std::string report_json;         ///< the report as one line of JSON; empty unless finished
  std::vector<std::string> lines;  ///< the author's last lines
};

/// What happens during a run, for whoever shows it.
struct RunCallbacks {
  /// Once, before the first step: the step that the run (re)starts from. Of an ensemble once for each member
  /// that is still to be trained; steps and records are the member's.
  std::function<void(const Trainer& trainer, std::uint64_t first_step)> on_start;
  std::function<Flow(const StepInfo&)> on_step;
  std::function<void(const Record&)> on_record;
  /// Of an ensemble, before and after each member, counted from 0; also if it was finished before.
  std::function<void(std::size_t member)> on_member = {};
  std::function<void(std::size_t member, const RunResult&)> on_member_end = {};
  std::function<bool()> stop_requested = {};  ///< see TrainerCallbacks
};

/// Runs a recipe in a folder of its own, which then holds
///
///     recipe.toml                   the recipe as it was run, all defaults included
///     metrics.csv                   loss and accuracies on the way
///     events.out.tfevents.scrawl    the same for TensorBoard, with some of the images: see below
///     checkpoint.safetensors        what resuming needs
///     model.safetensors             the trained model, at the end
///     result.json                   the report, at the end
///
/// and what draw_run and report_page make of it (report.h): pictures and a page, which replacing the run
/// removes.
///
/// The members of an ensemble (Recipe::members) are trained one after the other, each as a run of its own
/// (member_recipe) in the folder `member-1`, `member-2` ... inside. The run itself then has no checkpoint and
/// no log, and at the end the mean of its members' metrics, one model of them all, and in the report the
/// accuracies of that model, the sums of the members' steps, times and parameters, and the members' own under
/// "members".
///
/// TensorBoard's log holds about a thousand points of loss, learning rate, epoch and accuracies; the first 64
/// training images; and at the end the first 64 test images that are misread. Where a set comes class by
/// class, these are 64 from all over it. Only grey images are shown.
///
/// Whenever the process is killed, resuming ends with the same bits as a run that was never interrupted, but
/// for the times in TensorBoard's log. A model with layers of the program's own is resumed by the program,
/// and read with load_model and those layers. Throws Error(invalid_argument) if the folder holds a run and
/// neither resume nor overwrite is set, or if the run to be resumed is another recipe's, Error(io) if another
/// process works in the folder, and what Trainer throws for recipe and data. Then nothing has been made or
/// changed. Where training diverges, throws Error(invalid_argument) and leaves the last checkpoint, whose
/// numbers are all finite, and no model and no result.
RunResult run_recipe(const Recipe& recipe, const TrainingData& data, const RunOptions& options,
                     const RunCallbacks& callbacks = {});

/// Whether the folder holds a run of exactly this recipe, finished or not.
bool holds_run_of(const Recipe& recipe, const std::filesystem::path& folder);

/// The run folder's report if the run there is finished, otherwise "". Throws Error where a finished run is
/// another recipe's.
std::string finished_report(const Recipe& recipe, const std::filesystem::path& folder);

}  // namespace scrawl
#pragma GCC visibility pop
