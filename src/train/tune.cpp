#include "scrawl/tune.h"

#include "scrawl/compute.h"
#include "scrawl/error.h"
#include "scrawl/evaluation.h"
#include "scrawl/loss.h"
#include "scrawl/optimizer.h"
#include "scrawl/random.h"

#include "base/text.h"
#include "data/stratify.h"
#include "nn/layer_kinds.h"
#include "train/augmented_batch.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace scrawl {
namespace {

constexpr std::size_t half_batch = 32;   // of corrections, and as many replayed images
constexpr std::size_t times_shown = 40;  // each correction, about
constexpr std::size_t fewest_steps = 60;
constexpr std::size_t most_steps = 400;
constexpr std::size_t held_out_of = 5;
constexpr float low_rate = 5e-4F;
constexpr std::array tried_mixes = {0.2F, 0.4F, 0.6F, 0.8F, 1.0F};
constexpr double least_gain = 0.005;  // of the log-loss

// A label is doubtful if the model gave it less than this, ...
constexpr float improbable = 0.002F;
// ... and another one more than this.
constexpr float sure_of_another = 0.98F;

const Augmentation deformed = {
    .shift = 1, .rotation = 8, .scale = 0.08F, .shear = 0.08F, .elastic_alpha = 16, .thickness = 0.3F};

/// Smooth labels teach a network to be less sure than it is right; calibration has undone that already.
LossSpec without_smoothing(LossSpec loss) {
  if (auto* const softmax = std::get_if<SoftmaxCrossEntropy>(&loss)) softmax->label_smoothing = 0;
  return loss;
}

class Tuner {
 public:
  Tuner(const Model& model, const DatasetView& replay, const TuneSettings& settings)
      : model_(model), replay_(replay), settings_(settings), compute_(settings.threads) {}

  static std::size_t steps_for(std::size_t images) {
    return std::clamp(images * times_shown / half_batch, fewest_steps, most_steps);
  }

  /// The parameters after training on `data` and replayed images; nothing if it was stopped.
  std::optional<std::vector<float>> train(const DatasetView& data, double done, double share) {
    Network network = model_.only().network;
    const std::size_t steps = steps_for(data.size());
    const std::size_t pixels = network.inputs();
    const std::size_t rows = 2 * half_batch;
    Optimizer optimizer({.kind = OptimizerSpec::Kind::adamw,
                         .learning_rate = low_rate,
                         .schedule = {.kind = Schedule::Kind::cosine}},
                        network.parameter_infos(), steps);
    const auto loss = make_loss<float>(without_smoothing(model_.only().info.loss));
    Workspace workspace = network.make_workspace(rows);
    Preprocessor preprocessor(model_.only().info.preprocessing, pixels, rows);
    AugmentedBatch new_images(deformed, data.shape, settings_.seed, half_batch, compute_);
    AugmentedBatch old_images(deformed, data.shape, settings_.seed + 1, half_batch, compute_);
    BatchSampler new_ones(Sampling::with_replacement, data.size(), half_batch, settings_.seed);
    BatchSampler old_ones(Sampling::with_replacement, replay_.size(), half_batch, settings_.seed + 1);
    std::vector<std::uint8_t> bytes(rows * pixels);
    std::vector<std::uint8_t> labels(rows);
    std::vector<float> inputs(rows * pixels);
    std::vector<float> gradients(network.parameters().size());
    const MatrixView<float> input(inputs.data(), rows, pixels);
    for (std::size_t step = 0; step < steps; ++step) {
      const auto add = [&](std::size_t first, const DatasetView& from, BatchSampler& sampler,
                           AugmentedBatch& augmented) {
        const auto indices = sampler.indices(step);
        const auto made = augmented.make(from.images, indices, step, compute_);
        std::copy(made.begin(), made.end(), bytes.begin() + static_cast<std::ptrdiff_t>(first * pixels));
        for (std::size_t i = 0; i < indices.size(); ++i) labels[first + i] = from.labels[indices[i]];
      };
      add(0, data, new_ones, new_images);
      add(half_batch, replay_, old_ones, old_images);
      preprocessor.apply(bytes, compute_, input);
      // Mode::predict: the statistics of a few images of one hand are not those of all.
      const auto outputs = network.forward(input, workspace, compute_, Mode::predict);
      loss->evaluate(outputs, labels, workspace.output_gradient(), compute_);
      network.backward(workspace, compute_, gradients);
      optimizer.step(step, network.parameters(), gradients, compute_);
      const double part = static_cast<double>(step + 1) / static_cast<double>(steps);
      if (settings_.progress && !settings_.progress(done + share * part)) return std::nullopt;
    }
    return std::vector<float>(network.parameters().begin(), network.parameters().end());
  }

  /// The model with weights between its own and `parameters`.
  Model mixed(const std::vector<float>& parameters, float mix) const {
    Model result = model_;
    const auto values = result.only().network.parameters();
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += mix * (parameters[i] - values[i]);
    return result;
  }

  struct Score {
    double accuracy = 0;
    double log_loss = 0;
  };
  Score score(const Model& model, const DatasetView& data) const {
    Score result;
    for (const auto& judgement : judge(model, data, settings_.threads)) {
      result.accuracy += judgement.is_mistake() ? 0 : 1;
      result.log_loss -= std::log(std::max(double{judgement.label_probability}, 1e-30));
    }
    result.accuracy /= static_cast<double>(data.size());
    result.log_loss /= static_cast<double>(data.size());
    return result;
  }

 private:
  const Model& model_;
  const DatasetView& replay_;
  const TuneSettings& settings_;
  Compute compute_;
};

void check(const Model& model, const DatasetView& corrections, const DatasetView& replay,
           const DatasetView& kept) {
  if (model.members.size() > 1)
    throw Error(ErrorCode::unsupported, "an ensemble cannot be tuned; tune a single model");
  if (corrections.size() < fewest_corrections)
    throw Error(ErrorCode::invalid_argument, counted(corrections.size(), "correction") +
                                                 " are too few to learn from; give at least " +
                                                 std::to_string(fewest_corrections));
  for (const DatasetView* data : {&corrections, &replay, &kept}) {
    if (data->size() == 0)
      throw Error(ErrorCode::invalid_argument,
                  "tuning needs images that the model already reads, to keep what it knows");
    if (data->shape.size() != model.inputs() || data->classes > model.outputs())
      throw Error(ErrorCode::invalid_argument,
                  "the images do not have the shape and the classes of the model");
  }
}

}  // namespace

TuneResult tune(Model& model, const DatasetView& corrections, const DatasetView& replay,
                const DatasetView& kept, const TuneSettings& settings) {
  check(model, corrections, replay, kept);
  std::vector<std::uint32_t> all(corrections.size());
  std::iota(all.begin(), all.end(), 0U);
  const auto held = draw_stratified(corrections.labels, all, all.size() / held_out_of, settings.seed);
  std::vector<std::uint32_t> others;
  std::set_difference(all.begin(), all.end(), held.begin(), held.end(), std::back_inserter(others));
  const Dataset held_out = select_images(corrections, held);
  const Dataset learned = select_images(corrections, others);
  Tuner tuner(model, replay, settings);
  TuneResult result{
      .tuning = {.from = weights_sha256(model.only().network), .corrections = corrections.size()},
      .held_out = held_out.size()};
  const auto stopped = [&] {
    result.is_stopped = true;
    return result;
  };

  const double share = 0.45;  // of the work, for each of two trainings
  const auto first = tuner.train(learned.view(), 0, share);
  if (!first) return stopped();
  const auto old = tuner.score(model, held_out.view());
  const auto old_kept = tuner.score(model, kept);
  result.tuning.before = result.tuning.after = old.accuracy;
  result.tuning.kept_before = result.tuning.kept_after = old_kept.accuracy;

  const Model all_new = tuner.mixed(*first, 1);
  const auto before = judge(model, corrections, settings.threads);
  const auto after = judge(all_new, corrections, settings.threads);
  for (std::size_t i = 0; i < before.size(); ++i)
    if (before[i].is_mistake() && before[i].label_probability < improbable &&
        before[i].confidence > sure_of_another && after[i].is_mistake())
      result.doubtful.push_back(i);

  // The mixes that read what was held out better, the best first.
  struct Candidate {
    double log_loss;
    double accuracy;
    float mix;
  };
  std::vector<Candidate> candidates;
  for (const float mix : tried_mixes) {
    const auto found = tuner.score(tuner.mixed(*first, mix), held_out.view());
    if (found.log_loss < old.log_loss - least_gain && found.accuracy >= old.accuracy)
      candidates.push_back({found.log_loss, found.accuracy, mix});
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return std::pair(a.log_loss, a.mix) < std::pair(b.log_loss, b.mix);
  });
  std::optional<std::vector<float>> second;
  for (const auto& candidate : candidates) {
    const auto allowed = [&](const Model& changed, double& accuracy) {
      accuracy = tuner.score(changed, kept).accuracy;
      return old_kept.accuracy - accuracy <= settings.most_drop;
    };
    double accuracy = 0;
    if (!second && !allowed(tuner.mixed(*first, candidate.mix), accuracy)) continue;
    if (!second && !(second = tuner.train(corrections, share, share))) return stopped();
    Model tuned = tuner.mixed(*second, candidate.mix);
    if (!allowed(tuned, accuracy)) continue;
    result.is_better = true;
    result.tuning.mix = candidate.mix;
    result.tuning.after = candidate.accuracy;
    result.tuning.kept_after = accuracy;
    auto& tunings = tuned.only().info.tunings;
    tunings.push_back(result.tuning);
    if (tunings.size() > most_tunings) tunings.erase(tunings.begin());
    model = std::move(tuned);
    break;
  }
  if (settings.progress && !result.is_better) settings.progress(1);
  return result;
}

}  // namespace scrawl
