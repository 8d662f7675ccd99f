#include "scrawl/trainer.h"

#include "scrawl/error.h"
#include "scrawl/gradient_check.h"

#include "train/line_template.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace scrawl {
namespace {

constexpr std::size_t evaluation_batch = 128;

bool is_numerical(const Recipe& recipe) { return recipe.training.gradient == Recipe::Gradient::numerical; }

/// Without replacement a batch is never larger than the training set.
std::size_t batch_of(const Recipe& recipe, std::size_t images) {
  const std::size_t batch = is_numerical(recipe) ? recipe.training.numerical_batch : recipe.training.batch;
  return recipe.training.sampling == Sampling::with_replacement ? batch : std::min(batch, images);
}

std::uint64_t steps_of(const Recipe& recipe, std::uint64_t steps_per_epoch) {
  constexpr std::uint64_t most = 0xffffffff;  // random numbers are counted by 32-bit steps
  if (is_numerical(recipe)) return recipe.training.numerical_steps;
  if (recipe.training.epochs == 0) return recipe.training.steps;
  if (recipe.training.epochs > most / steps_per_epoch)
    throw Error(ErrorCode::invalid_argument, "training.epochs: more than 4294967295 steps");
  return recipe.training.epochs * steps_per_epoch;
}

const TrainingData& checked(const TrainingData& data, const ModelSpec& model) {
  const auto shapes = infer_shapes(model);
  if (data.train.shape.size() != model.input.size())
    throw Error(ErrorCode::invalid_argument, "the model takes images of " + to_string(model.input) +
                                                 ", and the data set has " + to_string(data.train.shape));
  const std::size_t classes = std::max(data.train.classes, data.test.classes);
  if (classes > shapes.back().size())
    throw Error(ErrorCode::invalid_argument, "the model has " + std::to_string(shapes.back().size()) +
                                                 " outputs, and the data set " + std::to_string(classes) +
                                                 " classes; end the model with 'dense " +
                                                 std::to_string(classes) + "'");
  if (data.train.size() == 0 || data.test.size() == 0)
    throw Error(ErrorCode::invalid_argument, "there are no images to train on or to test with");
  return data;
}

/// Both files of a known data set, or the parts of one file or two.
void load_files(const Recipe::Data& source, const LoadOptions& options, TrainingData& data) {
  if (is_known_dataset(source.name) || !source.test.empty()) {
    data.train_file = load_data(source.name, Part::train, options);
    data.test_file = load_data(source.test.empty() ? source.name : source.test, Part::test, options);
  } else {
    DataFiles files = read_source(source.name, {.limits = options.limits});  // once, for both parts
    if (files.find(Part::test) == nullptr)
      throw Error(ErrorCode::invalid_argument,
                  "holds no test images; say where they are, as data.test in the recipe or --test-data",
                  source.name);
    data.test_file = take_part(files, Part::test);
    data.train_file = take_part(std::move(files), Part::train);
  }
  if (!data.train_file.class_names.empty()) match_classes(data.test_file, data.train_file.class_names);
  if (data.test_file.shape.size() != data.train_file.shape.size())
    throw Error(ErrorCode::invalid_argument, "the test images are of " + to_string(data.test_file.shape) +
                                                 ", and the training images of " +
                                                 to_string(data.train_file.shape));
}

}  // namespace

const DatasetView& TrainingData::part(Part part) const {
  return part == Part::train ? train : part == Part::validation ? validation : test;
}

std::unique_ptr<TrainingData> load_training_data(const Recipe& recipe, const LoadOptions& options) {
  auto data = std::make_unique<TrainingData>();
  load_files(recipe.data, options, *data);
  const std::uint64_t there = data->train_file.size();
  const std::uint64_t validation = recipe.data.validation;
  if (validation >= there || recipe.data.train > there - validation)
    throw Error(ErrorCode::invalid_argument, "data: " + std::to_string(recipe.data.train) + " training and " +
                                                 std::to_string(validation) +
                                                 " validation images are more than the " +
                                                 std::to_string(there) + " of " + recipe.data.name);
  const std::uint64_t train = recipe.data.train ? recipe.data.train : there - validation;
  data->train = data->train_file.view().slice(0, train);
  data->validation = data->train_file.view().slice(there - validation, validation);
  data->test = data->test_file.view();
  return data;
}

std::size_t default_threads(const Recipe& recipe) {
  // Forward, weight gradient and input gradient are two operations a weight and sample each. Below some
  // millions a step is over before a second thread has begun.
  constexpr std::uint64_t smallest_shared_step = 3'000'000;
  const std::uint64_t weights = count_parameters(recipe.model);
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  if (is_numerical(recipe)) return cores;
  return 6 * weights * recipe.training.batch < smallest_shared_step ? 1 : std::min<std::size_t>(cores, 8);
}

/// Measures laps, to tell steps, evaluations and everything else apart.
struct Trainer::Watch {
  std::chrono::steady_clock::time_point last = std::chrono::steady_clock::now();

  double lap() {
    const auto now = std::chrono::steady_clock::now();
    const double seconds = std::chrono::duration<double>(now - last).count();
    last = now;
    return seconds;
  }
};

Trainer::Trainer(Recipe recipe, const TrainingData& data, std::size_t threads, Target target)
    : recipe_(std::move(recipe)),
      data_(checked(data, recipe_.model)),
      preprocessing_(fit_preprocessing(recipe_.preprocessing, recipe_.fit, data.train.images,
                                       recipe_.model.input.size())),
      network_(recipe_.model),
      loss_(make_loss<float>(recipe_.loss)),
      compute_(threads ? threads : default_threads(recipe_), target),
      batch_(batch_of(recipe_, data.train.size())),
      sampler_(recipe_.training.sampling, data.train.size(), batch_, recipe_.seed),
      preprocessor_(preprocessing_, network_.inputs(), batch_),
      steps_per_epoch_(sampler_.steps_per_epoch()),
      steps_(steps_of(recipe_, steps_per_epoch_)),
      optimizer_(recipe_.optimizer, network_.parameter_infos(), steps_),
      workspace_(network_.make_workspace(batch_)),
      evaluator_(network_, preprocessing_, evaluation_batch, compute_.threads(), target),
      gradients_(network_.parameters().size()),
      images_(batch_ * network_.inputs()),
      labels_(batch_) {
  network_.initialise(recipe_.initialiser, recipe_.seed);
  workspace_.set_sparse_input(preprocessing_.keeps_zeros());
}

Trainer::~Trainer() = default;

void Trainer::use_loss(std::unique_ptr<Loss> loss) {
  if (is_numerical(recipe_))
    throw Error(ErrorCode::invalid_argument,
                "training.gradient = \"numerical\" takes the recipe's own loss, in double; train with "
                "\"backpropagation\" to use another loss");
  loss_ = std::move(loss);
}

bool Trainer::train(const TrainerCallbacks& callbacks) {
  Watch watch;
  bool going = true;
  while (going && step_ < steps_) {
    step();
    ++step_;
    const bool with_report = is_report_step();
    if (with_report || step_ % recipe_.report.loss_every == 0 || step_ == steps_) {
      const Record result = record(with_report, watch);
      if (callbacks.on_record) callbacks.on_record(result);
      watch.lap();  // what the callback did with it is no training
    }
    const StepInfo info{step_, steps_, (step_ - 1) / steps_per_epoch_ + 1, data_loss_};
    if (callbacks.on_step) going = callbacks.on_step(info) == Flow::go_on;
    if (callbacks.on_epoch && step_ % steps_per_epoch_ == 0)
      going = callbacks.on_epoch(info) == Flow::go_on && going;
  }
  steps_seconds_ += watch.lap();
  return finished();
}

void Trainer::step() {
  const auto indices = sampler_.indices(step_);
  const std::size_t rows = indices.size();
  const MatrixView<float> images(images_.data(), rows, network_.inputs());
  preprocessor_.gather(data_.train.images, indices, compute_, images);
  for (std::size_t i = 0; i < rows; ++i) labels_[i] = data_.train.labels[indices[i]];
  batch_images_ = images;
  batch_labels_ = {labels_.data(), rows};

  data_loss_ = step_loss();
  const auto hidden_error = recipe_.training.hidden_error;
  if (!is_numerical(recipe_) && optimizer_.is_plain_descent()) {
    // Saves writing and reading all gradients: a third of a step on one image.
    network_.descend(workspace_, compute_, gradients_, optimizer_.learning_rate(step_), optimizer_.l2(),
                     hidden_error);
  } else {
    is_numerical(recipe_) ? numerical_step()
                          : network_.backward(workspace_, compute_, gradients_, hidden_error);
    optimizer_.step(step_, network_.parameters(), gradients_, compute_);
  }
  if (recipe_.training.loss_after_update) data_loss_ = step_loss();
}

/// Forward pass and loss; leaves outputs and output gradient in the workspace.
float Trainer::step_loss() {
  const RandomKey key{
      .seed = recipe_.seed, .purpose = Purpose::dropout, .step = static_cast<std::uint32_t>(step_)};
  const auto outputs = network_.forward(batch_images_, workspace_, compute_, Mode::train, key);
  return loss_->evaluate(outputs, batch_labels_, workspace_.output_gradient(), compute_);
}

void Trainer::numerical_step() {
  const std::span values(batch_images_.data(), batch_images_.size());
  const std::vector<double> images(values.begin(), values.end());
  const auto loss = make_loss<double>(recipe_.loss);
  const auto gradient =
      numerical_gradient(to_double(network_), *loss, {images.data(), batch_images_.rows(), network_.inputs()},
                         batch_labels_, recipe_.training.numerical_step, compute_.threads());
  std::transform(gradient.begin(), gradient.end(), gradients_.begin(),
                 [](double value) { return static_cast<float>(value); });
}

/// The step just done, from 0, within the run or the epoch.
std::uint64_t Trainer::scope_step() const {
  return recipe_.report.scope == Recipe::Scope::epoch ? (step_ - 1) % steps_per_epoch_ : step_ - 1;
}

bool Trainer::is_report_step() const {
  const auto& report = recipe_.report;
  return report.every > 0 && (scope_step() + report.count_from) % report.every == 0;
}

Record Trainer::record(bool with_report, Watch& watch) {
  Record result{.step = step_,
                .epoch = static_cast<double>(step_) / static_cast<double>(steps_per_epoch_),
                .learning_rate = optimizer_.learning_rate(step_ - 1),
                .loss = static_cast<double>(data_loss_) + optimizer_.penalty(network_.parameters(), compute_),
                .accuracies = {},
                .lines = {}};
  last_loss_ = result.loss;
  std::size_t correct = 0;
  const auto outputs = workspace_.output();
  for (std::size_t r = 0; r < outputs.rows(); ++r) {
    const auto row = outputs.row(r);
    correct += std::max_element(row.begin(), row.end()) - row.begin() == batch_labels_[r] ? 1 : 0;
  }
  result.batch_accuracy = static_cast<double>(correct) / static_cast<double>(outputs.rows());
  steps_seconds_ += watch.lap();
  if (!with_report) return result;

  const std::uint64_t from = recipe_.report.count_from;
  LineValues values{.epoch = (step_ - 1) / steps_per_epoch_ + from,
                    .epochs = (steps_ + steps_per_epoch_ - 1) / steps_per_epoch_,
                    .step = scope_step() + from,
                    .steps = steps_,
                    .loss = result.loss,
                    .learning_rate = result.learning_rate,
                    .batch_accuracy = result.batch_accuracy,
                    .accuracies = {},
                    .parts = {}};
  for (const auto& name : recipe_.report.evaluate) {
    const Part part = parse_part(name);
    const auto i = static_cast<std::size_t>(part);
    values.accuracies[i] = evaluator_.accuracy(network_, data_.part(part));
    values.parts[i] = true;
    result.accuracies[i] = values.accuracies[i];
  }
  evaluation_seconds_ += watch.lap();
  for (const auto& line : recipe_.report.lines) result.lines.push_back(format_line(line, values));
  return result;
}

TrainingState Trainer::state() const {
  const auto copy = [](std::span<const float> values) {
    return std::vector<float>(values.begin(), values.end());
  };
  return {.step = step_,
          .parameters = copy(network_.parameters()),
          .state = copy(network_.state()),
          .optimizer = copy(optimizer_.state()),
          .last_loss = last_loss_,
          .steps_seconds = steps_seconds_,
          .evaluation_seconds = evaluation_seconds_};
}

void Trainer::restore(const TrainingState& state) {
  if (state.step > steps_ || state.parameters.size() != network_.parameters().size() ||
      state.state.size() != network_.state().size() || state.optimizer.size() != optimizer_.state().size())
    throw Error(ErrorCode::invalid_argument, "the saved state belongs to another recipe");
  step_ = state.step;
  std::copy(state.parameters.begin(), state.parameters.end(), network_.parameters().begin());
  std::copy(state.state.begin(), state.state.end(), network_.state().begin());
  std::copy(state.optimizer.begin(), state.optimizer.end(), optimizer_.state().begin());
  last_loss_ = state.last_loss;
  steps_seconds_ = state.steps_seconds;
  evaluation_seconds_ = state.evaluation_seconds;
}

TrainReport Trainer::report() {
  Watch watch;
  const double epochs = static_cast<double>(step_) / static_cast<double>(steps_per_epoch_);
  // Only the last batch of an epoch can be smaller than the others.
  const std::uint64_t whole_epochs = step_ / steps_per_epoch_;
  const std::uint64_t images = recipe_.training.sampling == Sampling::with_replacement
                                   ? step_ * batch_
                                   : whole_epochs * data_.train.size() + step_ % steps_per_epoch_ * batch_;
  TrainReport report{
      .recipe = recipe_.name,
      .seed = recipe_.seed,
      .threads = threads(),
      .target = compute_.target(),
      .steps = step_,
      .epochs = epochs,
      .steps_seconds = steps_seconds_,
      .evaluation_seconds = evaluation_seconds_,
      .images_per_second = steps_seconds_ > 0 ? static_cast<double>(images) / steps_seconds_ : 0,
      .final_loss = last_loss_,
      .validation_accuracy = {},
      .parameters = network_.parameters().size(),
      .weights_sha256 = {},
      .lines = {}};
  report.train_accuracy = evaluator_.accuracy(network_, data_.train);
  if (data_.validation.size() > 0)
    report.validation_accuracy = evaluator_.accuracy(network_, data_.validation);
  report.test_accuracy = evaluator_.accuracy(network_, data_.test);
  report.final_evaluation_seconds = watch.lap();
  report.weights_sha256 = weights_sha256(network_);

  LineValues values{
      .epoch = static_cast<std::uint64_t>(epochs),
      .epochs = (steps_ + steps_per_epoch_ - 1) / steps_per_epoch_,
      .step = step_,
      .steps = steps_,
      .loss = last_loss_,
      .learning_rate = step_ > 0 ? optimizer_.learning_rate(step_ - 1) : 0,
      .batch_accuracy = {},
      .accuracies = {report.train_accuracy, report.validation_accuracy.value_or(0), report.test_accuracy},
      .parts = {true, report.validation_accuracy.has_value(), true}};
  for (const auto& line : recipe_.report.final) report.lines.push_back(format_line(line, values));
  return report;
}

}  // namespace scrawl
