#include "scrawl/trainer.h"

#include "scrawl/data_files.h"
#include "scrawl/error.h"
#include "scrawl/layer.h"

#include "base/text.h"
#include "nn/passes.h"
#include "train/recipe_check.h"
#include "train/trainer_impl.h"
#include "train/training_memory.h"

#include <algorithm>
#include <thread>

namespace scrawl {
namespace {

constexpr std::size_t evaluation_batch = 128;

bool is_numerical(const Recipe& recipe) { return recipe.training.gradient == Recipe::Gradient::numerical; }

bool has_raw_error(const Recipe& recipe) { return recipe.training.hidden_error == HiddenError::raw; }

/// Whether OnlineStep trains, if the preprocessing allows it. Depends only on the recipe, as the bits must.
bool trains_online(const Recipe& recipe) {
  const auto& training = recipe.training;
  return training.batch == 1 && !is_numerical(recipe) && !training.loss_after_update &&
         training.average_decay == 0 && !training.teacher && recipe.augmentation.is_off() &&
         OnlineStep::suits(recipe.model, recipe.optimizer);
}

/// Without replacement, a batch is at most the training set.
std::size_t batch_of(const Recipe& recipe, std::size_t images) {
  const std::size_t batch = is_numerical(recipe) ? recipe.training.numerical_batch : recipe.training.batch;
  return recipe.training.sampling == Sampling::with_replacement ? batch : std::min(batch, images);
}

std::uint64_t steps_of(const Recipe& recipe, std::uint64_t steps_per_epoch) {
  constexpr std::uint64_t most = 0xffffffff;  // random numbers use 32-bit step counters
  if (is_numerical(recipe)) return recipe.training.numerical_steps;
  if (recipe.training.epochs == 0) return recipe.training.steps;
  if (recipe.training.epochs > most / steps_per_epoch)
    throw Error(ErrorCode::invalid_argument, "training.epochs: more than 4294967295 steps");
  return recipe.training.epochs * steps_per_epoch;
}

Recipe checked(Recipe recipe) {
  check_recipe(recipe);
  if (recipe.members > 1)
    throw Error(ErrorCode::invalid_argument,
                "a Trainer trains one network, but the recipe describes an ensemble of " +
                    std::to_string(recipe.members) +
                    "; train each member_recipe(recipe, k), or let run_recipe do it");
  return recipe;
}

const TrainingData& checked(const TrainingData& data, const Recipe& recipe) {
  const ModelSpec& model = recipe.model;
  const auto shapes = infer_shapes(model);
  if (data.train.shape.size() != model.input.size())
    throw Error(ErrorCode::invalid_argument, "the model takes images of " + to_string(model.input) +
                                                 ", and the data set has " + to_string(data.train.shape));
  const std::size_t classes = std::max(data.train.classes, data.test.classes);
  if (classes > shapes.back().size())
    throw Error(ErrorCode::invalid_argument, "the model has " + counted(shapes.back().size(), "output") +
                                                 ", and the data set " + counted(classes, "class") +
                                                 "; end the model with 'dense " + std::to_string(classes) +
                                                 "'");
  if (data.train.size() == 0 || data.test.size() == 0)
    throw Error(ErrorCode::invalid_argument, "there are no images for training or for testing");
  require_training_memory(recipe, batch_of(recipe, data.train.size()));
  return data;
}

}  // namespace

std::size_t default_threads(const Recipe& recipe) {
  // Forward pass, weight gradient and input gradient: two operations per weight and sample each. A step below
  // some millions of operations ends before a second thread has started.
  constexpr std::uint64_t smallest_shared_step = 3'000'000;
  const std::uint64_t products = count_products(recipe.model);
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  if (is_numerical(recipe)) return cores;
  const std::uint64_t work = 6 * products + augmentation_work(recipe.augmentation, recipe.model.input);
  // OnlineFeed uses a second thread, and evaluations use all of them.
  const bool shared = trains_online(recipe) || recipe.training.teacher ||
                      work * recipe.training.batch >= smallest_shared_step;
  return shared ? std::min<std::size_t>(cores, 8) : 1;
}

Trainer::Impl::Impl(Recipe recipe, const TrainingData& data, std::size_t threads, Target target)
    : recipe_(checked(std::move(recipe))),
      data_(checked(data, recipe_)),
      preprocessing_(fit_preprocessing(recipe_.preprocessing, recipe_.fit, data.train.images,
                                       recipe_.model.input.size())),
      network_(recipe_.model),
      loss_(make_loss<float>(recipe_.loss)),
      compute_(threads ? threads : default_threads(recipe_), target),
      batch_(batch_of(recipe_, data.train.size())),
      sampler_(recipe_.training.sampling, data.train.size(), batch_, recipe_.seed),
      steps_per_epoch_(sampler_.steps_per_epoch()),
      steps_(steps_of(recipe_, steps_per_epoch_)),
      optimizer_(recipe_.optimizer, network_.parameter_infos(), steps_),
      workspace_(network_.make_workspace(batch_)),
      evaluator_(network_, preprocessing_, evaluation_batch, compute_.threads(), target),
      gradients_(network_.parameters().size()),
      input_(network_, preprocessing_, batch_, is_numerical(recipe_)),
      labels_(batch_) {
  if (gradients_.empty())
    throw Error(ErrorCode::invalid_argument,
                "the model has no layer with weights, so there is nothing to train; end it with 'dense " +
                    std::to_string(std::max(data.train.classes, data.test.classes)) + "'");
  indices_.reserve(batch_);
  next_indices_.reserve(batch_);
  network_.initialise(recipe_.initialiser, recipe_.seed);
  if (recipe_.training.average_decay > 0)
    average_ = std::make_unique<WeightAverage>(network_, recipe_.training.average_decay);
  workspace_.set_sparse_input(preprocessing_.keeps_zeros());
  if (!recipe_.augmentation.is_off())
    augmented_ = std::make_unique<AugmentedBatch>(recipe_.augmentation, data.train.shape, recipe_.seed,
                                                  batch_, compute_);
  if (const auto& teacher = recipe_.training.teacher) {
    const auto known = data.train.labels.first(data.train.size() - data.added);
    teacher_ = std::make_unique<Teacher>(
        *teacher, recipe_.training.teacher_share.value_or(0.5), std::get<SoftmaxCrossEntropy>(recipe_.loss),
        network_, names_of_classes(data.train_file),
        known.empty() ? 0 : *std::max_element(known.begin(), known.end()) + std::size_t{1}, batch_, target);
    is_known_ = std::make_unique<bool[]>(batch_);
    if (!augmented_) gathered_.resize(batch_ * network_.inputs());
  }
  if (trains_online(recipe_) && preprocessing_.maps_bytes()) {
    const auto values = byte_values(preprocessing_);
    online_ = std::make_unique<OnlineStep>(network_, values[0], recipe_.optimizer.l2, has_raw_error(recipe_));
    feed_ = std::make_unique<OnlineFeed>(sampler_, data_.train, values, compute_.threads(), target);
  }
}

const Network& Trainer::Impl::network() { return average_ ? average_->network() : trained(); }

/// The network with the weights of the last step.
const Network& Trainer::Impl::trained() {
  if (network_lags_) online_->write_parameters(network_, compute_);
  network_lags_ = false;
  return network_;
}

bool Trainer::Impl::train(const TrainerCallbacks& callbacks) {
  Watch watch;
  bool going = true;
  while (going && step_ < steps_) {
    StepInfo info{.step = step_, .steps = steps_, .epoch = step_ / steps_per_epoch_ + 1, .data_loss = 0};
    const std::uint64_t event = next_event();
    const auto go_to = [&](std::uint64_t end) {
      // A callback may restore another state, and so change the step.
      for (info.step = step_; going && step_ == info.step && step_ < end;) {
        if (online_) {
          online_step();
        } else if (!step(callbacks.stop_requested)) {
          going = false;
          return;
        }
        info.step = ++step_;
        info.data_loss = data_loss_;
        check_loss(data_loss_, "the loss", step_ == 1 && !recipe_.training.loss_after_update);
        if (step_ == event) {
          const bool with_report = is_report_step();
          if (with_report || step_ % recipe_.report.loss_every == 0 || step_ == steps_) {
            const Record result = record(with_report, watch);
            if (callbacks.on_record) callbacks.on_record(result);
            watch.lap();  // the callback's time is not training
          }
        }
        if (callbacks.on_step) going = callbacks.on_step(info) == Flow::go_on;
      }
    };
    if (online_) {
      const std::uint64_t end = std::min(event, feed_->prepare(step_));
      feed_->run([&] { go_to(end); });
    } else {
      go_to(event);
    }
    if (callbacks.on_epoch && step_ == event && step_ % steps_per_epoch_ == 0)
      going = callbacks.on_epoch(info) == Flow::go_on && going;
  }
  steps_seconds_ += watch.lap();
  check_weights();
  return step_ == steps_;
}

/// Returns false if the step was abandoned without any change.
bool Trainer::Impl::step(const std::function<bool()>& stop_requested) {
  take_batch();
  const std::size_t rows = indices_.size();
  if (augmented_) {
    batch_images_ = augmented_->make(data_.train.images, indices_, step_, compute_);
    input_.take(batch_images_, 0, rows, compute_);
  } else {
    input_.gather(data_.train.images, indices_, next_indices_, compute_);
  }
  if (teacher_) prepare_teacher();
  for (std::size_t i = 0; i < rows; ++i) labels_[i] = data_.train.labels[indices_[i]];
  batch_labels_ = {labels_.data(), rows};

  const bool numerical = is_numerical(recipe_);
  std::vector<float> state;  // the loss changes running means
  if (numerical) state.assign(network_.state().begin(), network_.state().end());
  data_loss_ = step_loss();
  Passes<float> passes(network_, workspace_, compute_);
  if (!numerical && optimizer_.is_plain_descent()) {
    // Avoids writing and reading all gradients: a third of a step on one image.
    const kernels::Descent<float> descent{optimizer_.learning_rate(step_), optimizer_.l2()};
    passes.backward(gradients_, has_raw_error(recipe_), &descent, network_.parameters());
  } else {
    if (!numerical) {
      passes.backward(gradients_, has_raw_error(recipe_));
    } else if (!numerical_step(stop_requested)) {
      std::copy(state.begin(), state.end(), network_.state().begin());
      return false;
    }
    optimizer_.step(step_, network_.parameters(), gradients_, compute_);
  }
  if (recipe_.training.loss_after_update) data_loss_ = step_loss();
  if (average_) average_->update(step_ + 1, network_, compute_);
  return true;
}

void Trainer::Impl::prepare_teacher() {
  const std::size_t pixels = network_.inputs();
  const std::size_t known = data_.train.size() - data_.added;
  for (std::size_t i = 0; i < indices_.size(); ++i) {
    is_known_[i] = indices_[i] < known;
    if (!augmented_)
      std::copy_n(data_.train.images.data() + indices_[i] * pixels, pixels, gathered_.data() + i * pixels);
  }
  if (!augmented_) batch_images_ = {gathered_.data(), indices_.size() * pixels};
}

void Trainer::Impl::take_batch() {
  const auto draw = [&](std::uint64_t step) {
    const auto drawn = sampler_.indices(step);
    next_indices_.assign(drawn.begin(), drawn.end());
  };
  if (next_step_ != step_) draw(step_);
  indices_.swap(next_indices_);
  next_step_ = step_ + 1;
  draw(next_step_);
}

/// step() for one image, without the overhead of batches.
void Trainer::Impl::online_step() {
  const auto sample = feed_->sample(step_);
  labels_[0] = sample.label;
  data_loss_ = online_->step(step_, sample, optimizer_.learning_rate(step_), *loss_, compute_);
  network_lags_ = true;
}

/// Forward pass and loss; leaves outputs and output gradient in the workspace.
float Trainer::Impl::step_loss() {
  const RandomKey key{
      .seed = recipe_.seed, .purpose = Purpose::dropout, .step = static_cast<std::uint32_t>(step_)};
  const auto outputs = input_.forward(network_, workspace_, compute_, Mode::train, key);
  const auto gradient = workspace_.output_gradient();
  const float loss = loss_->evaluate(outputs, batch_labels_, gradient, compute_);
  if (!teacher_) return loss;
  return loss + teacher_->teach(batch_images_, batch_labels_, {is_known_.get(), outputs.rows()}, outputs,
                                gradient, compute_);
}

/// Returns false if abandoned.
bool Trainer::Impl::numerical_step(const std::function<bool()>& stop_requested) {
  const std::span values(input_.values().data(), input_.values().size());
  const std::vector<double> images(values.begin(), values.end());
  const auto loss = make_loss<double>(recipe_.loss);
  const auto gradient = numerical_gradient(
      to_double(network_), *loss, {images.data(), input_.values().rows(), network_.inputs()}, batch_labels_,
      recipe_.training.numerical_step, compute_.threads(), stop_requested);
  if (gradient.size() != gradients_.size()) return false;
  std::transform(gradient.begin(), gradient.end(), gradients_.begin(),
                 [](double value) { return static_cast<float>(value); });
  return true;
}

Trainer::Trainer(Recipe recipe, const TrainingData& data, std::size_t threads, Target target)
    : impl_(std::make_unique<Impl>(std::move(recipe), data, threads, target)) {}
Trainer::~Trainer() = default;

void Trainer::use_loss(std::unique_ptr<Loss> loss) {
  if (is_numerical(impl_->recipe_))
    throw Error(ErrorCode::invalid_argument,
                "training.gradient = \"numerical\" requires the recipe's loss, in double; train with "
                "\"backpropagation\" to use another loss");
  if (impl_->teacher_)
    throw Error(ErrorCode::invalid_argument,
                "training.teacher needs the recipe's loss; remove the teacher to use another one");
  impl_->loss_ = std::move(loss);
}

bool Trainer::train(const TrainerCallbacks& callbacks) { return impl_->train(callbacks); }
bool Trainer::finished() const { return impl_->step_ == impl_->steps_; }
std::uint64_t Trainer::steps() const { return impl_->steps_; }
std::uint64_t Trainer::steps_per_epoch() const { return impl_->steps_per_epoch_; }
std::uint64_t Trainer::last_record(std::uint64_t step) const { return impl_->last_record(step); }
std::size_t Trainer::batch() const { return impl_->batch_; }
std::size_t Trainer::threads() const { return impl_->compute_.threads(); }
const Recipe& Trainer::recipe() const { return impl_->recipe_; }
const Preprocessing& Trainer::preprocessing() const { return impl_->preprocessing_; }
const Network& Trainer::network() const { return impl_->network(); }
TrainingState Trainer::state() const { return impl_->state(); }
void Trainer::restore(const TrainingState& state) { impl_->restore(state); }
TrainReport Trainer::report() { return impl_->report(); }

}  // namespace scrawl
