#pragma once

// For programs that train recipes and watch each step.

#include "scrawl/compute.h"
#include "scrawl/data_files.h"
#include "scrawl/dataset.h"
#include "scrawl/loss.h"
#include "scrawl/network.h"
#include "scrawl/preprocessing.h"
#include "scrawl/recipe.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

/// The data of a recipe.
struct TrainingData {
  Dataset train_file;  ///< reordered if parts are drawn; `sha256` is always that of the file
  Dataset test_file;
  DatasetView train;
  DatasetView validation;  ///< empty if the recipe has no validation set
  DatasetView test;
  bool drawn = false;             ///< the parts depend on a seed and on all images of the file
  std::size_t added = 0;          ///< how many of the training images, the last, are from Recipe::Data::add
  std::string added_sha256 = {};  ///< of their files, one after the other

  const DatasetView& part(Part part) const;
};

/// Loads the recipe's data (see load_data) and divides it: the first images of the training file are for
/// training, the last for validation. If the file is sorted by class, and for Recipe::Data::split, parts are
/// drawn in proportion from each class; for training in file order, a sorted file is shuffled once. Images of
/// Recipe::Data::add follow those for training, and new names of classes those of `name`. The result depends
/// only on images and seed. Throws Error if there are too few images or no test images.
std::unique_ptr<TrainingData> load_training_data(const Recipe& recipe, const LoadOptions& options = {});

/// A callback's answer whether to continue. After `stop` the current step is finished, and no other starts.
enum class Flow { go_on, stop };

struct StepInfo {
  std::uint64_t step = 0;   ///< completed steps, counted over the whole run
  std::uint64_t steps = 0;  ///< steps of the whole run
  std::uint64_t epoch = 0;  ///< from 1
  float data_loss = 0;      ///< mean loss of the batch, without the L2 penalty
};

/// The measurements of a step that the recipe wants recorded.
struct Record {
  std::uint64_t step = 0;
  double epoch = 0;  ///< completed epochs, with a fraction
  double learning_rate = 0;
  double loss = 0;                                  ///< of the batch, with the L2 penalty
  double batch_accuracy = 0;                        ///< of the batch, from the same outputs as the loss
  std::array<std::optional<double>, 3> accuracies;  ///< by Part, if they were evaluated
  std::vector<std::string> lines;                   ///< the author's lines at this step
};

struct TrainerCallbacks {
  std::function<Flow(const StepInfo&)> on_step;   ///< after every step; must not allocate
  std::function<Flow(const StepInfo&)> on_epoch;  ///< after the last step of every epoch
  std::function<void(const Record&)> on_record;   ///< after every recorded step
  /// Called repeatedly, by all threads at once, during a step with the numerical gradient, which may take
  /// hours; it must not throw. After true the step is discarded, and training stops.
  std::function<bool()> stop_requested = {};
};

/// Everything that changes during training: the contents of a checkpoint.
struct TrainingState {
  std::uint64_t step = 0;
  std::vector<float> parameters;
  std::vector<float> state;
  std::vector<float> optimizer;
  std::vector<float> online;   ///< of single-image steps, if the parameters do not determine it
  std::vector<float> average;  ///< of parameters and state, if the recipe asks for it
  double last_loss = 0;
  double steps_seconds = 0;
  double evaluation_seconds = 0;
};

struct TrainReport {
  std::string recipe;
  std::uint64_t seed = 0;
  std::size_t threads = 0;
  Target target = Target::scalar;
  std::uint64_t steps = 0;              ///< completed
  double epochs = 0;                    ///< completed
  double steps_seconds = 0;             ///< in training steps
  double evaluation_seconds = 0;        ///< in the evaluations that the recipe asks for during the run
  double final_evaluation_seconds = 0;  ///< in the evaluations for the accuracies below
  double images_per_second = 0;         ///< images trained on over steps_seconds
  double final_loss = 0;
  double train_accuracy = 0;
  std::optional<double> validation_accuracy;
  double test_accuracy = 0;
  std::size_t parameters = 0;
  std::string weights_sha256;
  std::vector<std::string> lines;  ///< the author's lines at the end

  double train_seconds() const { return steps_seconds + evaluation_seconds; }
};

std::size_t default_threads(const Recipe& recipe);  ///< one if a step is too small to share

/// Trains the network of a recipe:
///
///     auto data = load_training_data(recipe);
///     Trainer trainer(recipe, *data);
///     trainer.train();
///     TrainReport report = trainer.report();
///
/// The weights depend only on the recipe (with its seed) and the data.
class Trainer {
 public:
  /// `data` must outlive the trainer. threads = 0: default_threads(recipe). Throws Error(invalid_argument)
  /// for recipes that parse_recipe refuses, of ensembles or without training, and if the data do not fit.
  Trainer(Recipe recipe, const TrainingData& data, std::size_t threads = 0, Target target = default_target());
  ~Trainer();

  /// Trains with a custom loss; the recipe's still determines the meaning of the outputs. Throws
  /// Error(invalid_argument) for a recipe with the numerical gradient. REQUIRES loss not null.
  void use_loss(std::unique_ptr<Loss> loss);

  /// Continues to the last step, or until a callback stops it. Returns finished(). If training diverges (a
  /// loss or a final weight is not finite), throws Error(invalid_argument) with the step and what to try.
  bool train(const TrainerCallbacks& callbacks = {});
  bool finished() const;
  std::uint64_t steps() const;
  std::uint64_t steps_per_epoch() const;
  std::uint64_t last_record(std::uint64_t step) const;  ///< up to `step`, counted from 1; 0 if none
  std::size_t batch() const;
  std::size_t threads() const;
  const Recipe& recipe() const;
  const Preprocessing& preprocessing() const;
  /// Has the parameters of the last completed step, also inside a callback, or their average if the recipe
  /// asks for it: the network that is evaluated, reported and saved. The call may convert it from the layout
  /// of training, so only one thread may call it at a time.
  const Network& network() const;

  /// For checkpoints between two steps. `restore` throws Error(invalid_argument) for another shape.
  TrainingState state() const;
  void restore(const TrainingState& state);

  TrainReport report();  ///< evaluates all parts

 private:
  struct [[gnu::visibility("hidden")]] Impl;  // src/train/trainer_impl.h
  std::unique_ptr<Impl> impl_;
};

}  // namespace scrawl
#pragma GCC visibility pop
