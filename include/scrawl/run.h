#pragma once

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

/// How a run ended: what its result.json says, and `scrawl train --json`.
struct RunResult {
  /// Of a member of an ensemble what is not the same for all.
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
  bool was_finished = false;          ///< the folder held a finished run: nothing was trained
  std::filesystem::path folder = {};  ///< where the run is

  // What follows is there where the run is finished.
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
  std::vector<Member> members = {};  ///< empty unless the run is an ensemble's
};

/// A finished run's result as one line of JSON: what result.json holds.
std::string to_json(const RunResult& result);

/// What lies where in the folder of a run.
struct RunFolder {
  explicit RunFolder(const std::filesystem::path& run);

  /// The result of a finished run, otherwise nothing. Throws Error(bad_data) for a file that scrawl did not
  /// write.
  std::optional<RunResult> read_result() const;
  /// Of a member, counted from 0, of an ensemble.
  RunFolder member(std::size_t number) const;

  std::filesystem::path folder, recipe, metrics, events, checkpoint, model, result, lock;
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

/// The result of the run in the folder if it is finished, otherwise nothing. Throws Error where a finished
/// run is another recipe's.
std::optional<RunResult> finished_run(const Recipe& recipe, const std::filesystem::path& folder);

}  // namespace scrawl
#pragma GCC visibility pop
