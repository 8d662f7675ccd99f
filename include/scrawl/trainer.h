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
  bool drawn = false;  ///< the parts depend on a seed and on all images of the file

  /// By Part.
  const DatasetView& part(Part part) const;
};

/// Loads the recipe's data (see load_data) and divides it. Training images are the first of the training
/// file, and validation images the last. If the file is sorted by class, as a folder of pictures is, both are
/// drawn instead, in proportion from each class; so are the parts of Recipe::Data::split. For training in
/// file order, the images of such a file are shuffled once. The result depends only on the images and the
/// seed. Throws Error if the recipe asks for more images than the file contains, or if there are no test
/// images.
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

/// The result of a run.
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

/// The default number of threads: one if a step is too small to share.
std::size_t default_threads(const Recipe& recipe);

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
  /// for a recipe that parse_recipe would refuse (for example without steps and epochs), for a recipe of an
  /// ensemble or with nothing to train, and if model and data do not fit.
  Trainer(Recipe recipe, const TrainingData& data, std::size_t threads = 0, Target target = default_target());
  ~Trainer();

  /// Trains with a custom loss instead of the recipe's, which still determines the meaning of the outputs.
  /// Throws Error(invalid_argument) for a recipe with the numerical gradient. REQUIRES loss not null.
  void use_loss(std::unique_ptr<Loss> loss);

  /// Continues from the current step to the last, or until a callback stops it. Returns finished(). If
  /// training diverges, throws Error(invalid_argument) with the step and what to try: at the step whose loss
  /// is NaN or infinite, or before it returns if a weight is.
  bool train(const TrainerCallbacks& callbacks = {});
  bool finished() const;
  std::uint64_t steps() const;
  std::uint64_t steps_per_epoch() const;
  /// The last recorded step up to `step`, counted from 1; 0 if there is none.
  std::uint64_t last_record(std::uint64_t step) const;
  std::size_t batch() const;
  std::size_t threads() const;
  const Recipe& recipe() const;
  const Preprocessing& preprocessing() const;
  /// Has the parameters of the last completed step, also inside a callback; if the recipe averages the
  /// weights, it has the average. This network is evaluated, reported and saved. The call updates the network
  /// if it is trained in another layout, so only one thread may call it at a time.
  const Network& network() const;

  /// Saves and restores the state of a checkpoint, between two steps. `restore` throws
  /// Error(invalid_argument) for a state of another shape.
  TrainingState state() const;
  void restore(const TrainingState& state);

  /// Evaluates all parts.
  TrainReport report();

 private:
  struct Impl;  // src/train/trainer_impl.h
  std::unique_ptr<Impl> impl_;
};

}  // namespace scrawl
#pragma GCC visibility pop
