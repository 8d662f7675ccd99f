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
#include "train/image_check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>

namespace scrawl {
namespace {

constexpr std::size_t half_batch = 32;   // of corrections, and as many replayed images
constexpr std::size_t times_shown = 40;  // each correction, about
constexpr std::size_t fewest_steps = 60;
constexpr std::size_t most_steps = 400;
constexpr std::size_t parts = 5;  // of the corrections, held out in turn
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

/// Sums over images.
struct Score {
  std::size_t images = 0;
  std::size_t right = 0;
  double log_loss = 0;

  double accuracy() const { return static_cast<double>(right) / static_cast<double>(images); }
  Score& operator+=(const Score& other) {
    images += other.images;
    right += other.right;
    log_loss += other.log_loss;
    return *this;
  }
};

struct Split {
  std::vector<std::uint32_t> learned;
  std::vector<std::uint32_t> held_out;
};

/// Holds out part `part` of the corrections; each is in one part, and each class in all as far as it goes.
/// Equal images are in the same part, or one would be read by weights that have seen it.
Split split(const DatasetView& corrections, std::size_t part, std::uint64_t seed) {
  std::map<std::string_view, std::uint32_t> places;
  std::vector<std::uint32_t> first(corrections.size());  // the first image equal to each
  std::vector<std::uint32_t> left;
  for (std::uint32_t i = 0; i < first.size(); ++i) {
    const auto image = corrections.image(i);
    first[i] =
        places.try_emplace({reinterpret_cast<const char*>(image.data()), image.size()}, i).first->second;
    if (first[i] == i) left.push_back(i);
  }
  std::vector<std::uint32_t> drawn;
  for (std::size_t p = 0; p <= part; ++p) {
    std::vector<std::uint32_t> rest;
    std::set_difference(left.begin(), left.end(), drawn.begin(), drawn.end(), std::back_inserter(rest));
    left = std::move(rest);
    drawn = draw_stratified(corrections.labels, left, left.size() / (parts - p), seed + p);
  }
  Split result;
  for (std::uint32_t i = 0; i < first.size(); ++i)
    (std::binary_search(drawn.begin(), drawn.end(), first[i]) ? result.held_out : result.learned)
        .push_back(i);
  return result;
}

class Tuner {
 public:
  Tuner(const Model& model, const DatasetView& replay, const TuneSettings& settings)
      : model_(model),
        replay_(replay),
        settings_(settings),
        compute_(settings.threads ? settings.threads : std::max(1U, std::thread::hardware_concurrency())) {}

  static std::size_t steps_for(std::size_t images) {
    return std::clamp(images * times_shown / half_batch, fewest_steps, most_steps);
  }

  /// The parameters after training on `data` and replayed images; nothing if it was stopped.
  std::optional<std::vector<float>> train(const DatasetView& data, double done, double share) const {
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

  Score score(const Model& model, const DatasetView& data) const {
    Score result{.images = data.size()};
    for (const auto& judgement : judge(model, data, settings_.threads)) {
      result.right += judgement.is_mistake() ? 0 : 1;
      result.log_loss -= std::log(std::max(double{judgement.label_probability}, 1e-30));
    }
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
    throw Error(ErrorCode::invalid_argument, "there are too few corrections to learn from (" +
                                                 std::to_string(corrections.size()) + "); give at least " +
                                                 std::to_string(fewest_corrections));
  for (const DatasetView* data : {&corrections, &replay, &kept}) {
    if (data->size() == 0)
      throw Error(ErrorCode::invalid_argument,
                  "tuning needs images that the model already reads, to keep what it knows");
    check_images(model, *data);
  }
}

}  // namespace

TuneResult tune(Model& model, const DatasetView& corrections, const DatasetView& replay,
                const DatasetView& kept, const TuneSettings& settings) {
  check(model, corrections, replay, kept);
  const Tuner tuner(model, replay, settings);
  TuneResult result{
      .tuning = {.from = weights_sha256(model.only().network), .corrections = corrections.size()}};
  const auto stopped = [&] {
    result.is_stopped = true;
    return result;
  };

  // Each correction is read by weights that were trained on others.
  constexpr double share = 0.95 / (parts + 1);  // of the work, for each training
  const Score old = tuner.score(model, corrections);
  std::array<Score, tried_mixes.size()> scores;
  for (std::size_t p = 0; p < parts; ++p) {
    const auto [learned, held_out] = split(corrections, p, settings.seed);
    if (learned.empty())
      throw Error(ErrorCode::invalid_argument, "all corrections are the same image; give different ones");
    const auto parameters =
        tuner.train(select_images(corrections, learned).view(), static_cast<double>(p) * share, share);
    if (!parameters) return stopped();
    if (held_out.empty()) continue;  // few different images
    const Dataset rest = select_images(corrections, held_out);
    for (std::size_t m = 0; m < tried_mixes.size(); ++m)
      scores[m] += tuner.score(tuner.mixed(*parameters, tried_mixes[m]), rest.view());
    const auto before = judge(model, rest.view(), settings.threads);
    const auto after = judge(tuner.mixed(*parameters, 1), rest.view(), settings.threads);
    for (std::size_t i = 0; i < before.size(); ++i)
      if (before[i].is_mistake() && before[i].label_probability < improbable &&
          before[i].confidence > sure_of_another && after[i].is_mistake())
        result.doubtful.push_back(held_out[i]);
  }
  std::sort(result.doubtful.begin(), result.doubtful.end());

  const Score old_kept = tuner.score(model, kept);
  result.tuning.before = result.tuning.after = old.accuracy();
  result.tuning.kept_before = result.tuning.kept_after = old_kept.accuracy();
  std::vector<std::size_t> candidates;  // the mixes that read better, the best first
  for (std::size_t m = 0; m < tried_mixes.size(); ++m)
    if (scores[m].log_loss < old.log_loss - least_gain * static_cast<double>(corrections.size()) &&
        scores[m].right > old.right)
      candidates.push_back(m);
  std::stable_sort(candidates.begin(), candidates.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a].log_loss < scores[b].log_loss; });
  std::optional<std::vector<float>> parameters;
  for (const std::size_t m : candidates) {
    if (!parameters && !(parameters = tuner.train(corrections, parts * share, share))) return stopped();
    Model tuned = tuner.mixed(*parameters, tried_mixes[m]);
    const double accuracy = tuner.score(tuned, kept).accuracy();
    if (!(old_kept.accuracy() - accuracy <= settings.most_drop)) continue;
    result.is_better = true;
    result.tuning.mix = tried_mixes[m];
    result.tuning.after = scores[m].accuracy();
    result.tuning.kept_after = accuracy;
    tuned.only().info.thresholds.clear();  // nobody has measured the new weights
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
