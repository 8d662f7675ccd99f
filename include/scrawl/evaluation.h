#pragma once

// For programs that measure how well a model reads a data set.

#include "scrawl/compute.h"
#include "scrawl/dataset.h"
#include "scrawl/model.h"
#include "scrawl/network.h"
#include "scrawl/preprocessing.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

/// The prediction of a model for one image of a set.
struct Judgement {
  std::size_t index = 0;  ///< of the image
  std::uint8_t label = 0;
  std::uint8_t prediction = 0;
  float label_probability = 0;  ///< probability of the label
  float confidence = 0;         ///< probability of the prediction

  bool is_mistake() const { return prediction != label; }
  bool operator==(const Judgement&) const = default;
};

/// Predicts labels on several threads with a network that may still be in training. Repeated evaluation
/// allocates nothing. The bits are the same for every batch size and number of threads.
class Evaluator {
 public:
  Evaluator(const Network& network, const Preprocessing& preprocessing, std::size_t batch,
            std::size_t threads, Target target = default_target());
  ~Evaluator();

  /// predictions[i] = the class with the largest output for image i (the first one if several are equal).
  /// REQUIRES predictions.size() == data.size(); `network` of the model given to the constructor.
  void predict(const Network& network, const DatasetView& data, std::span<std::uint8_t> predictions);

  /// The fraction of images whose prediction is their label. Throws Error(invalid_argument) for an empty set.
  double accuracy(const Network& network, const DatasetView& data);

 private:
  struct [[gnu::visibility("hidden")]] Worker;  // memory of one thread

  std::size_t batch_;
  ThreadPool pool_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::uint8_t> predictions_;
};

struct Interval {
  double low = 0;
  double high = 1;
};

/// Wilson's score interval (1927) for `successes` of `trials`, at 95 %. REQUIRES trials > 0.
Interval wilson_interval(std::size_t successes, std::size_t trials);

struct EvaluationResult {
  std::size_t images = 0;
  std::size_t correct = 0;
  std::vector<std::vector<std::size_t>> confusion;  ///< [label][prediction]

  double accuracy() const { return images ? static_cast<double>(correct) / static_cast<double>(images) : 0; }
  double precision(std::size_t c) const;  ///< of the images read as `c`, the fraction that are; 0 if none
  double recall(std::size_t c) const;     ///< of the images of class `c`, the fraction read as it; 0 if none
};

/// REQUIRES as many predictions as labels, all below `classes`.
EvaluationResult compare(std::span<const std::uint8_t> labels, std::span<const std::uint8_t> predictions,
                         std::size_t classes);

/// The model's prediction for each image. threads = 0: one per core; the same bits for any number. Throws
/// Error(invalid_argument) if the images or their labels do not have the model's sizes.
std::vector<Judgement> judge(const Model& model, const DatasetView& data, std::size_t threads = 0);

/// The predictions of a model for a set, and the number of images that each member alone reads correctly.
struct MemberJudgements {
  std::vector<Judgement> judgements;
  std::vector<std::size_t> correct;  ///< by member; one for a model that is not an ensemble
};

/// Same as judge(), with the count of each member.
MemberJudgements judge_members(const Model& model, const DatasetView& data, std::size_t threads = 0,
                               Target target = default_target());

/// The `count` misread images with the highest confidence, in descending order.
std::vector<Judgement> worst_mistakes(std::span<const Judgement> judgements, std::size_t count);

/// The `count` images with the least probable labels, in ascending order of that probability: mislabelled
/// images are among them. They need not be misread. Equal ones are in the order of their indices.
std::vector<Judgement> suspects(std::span<const Judgement> judgements, std::size_t count);

/// How far the confidence of a model can be believed.
struct Reliability {
  double log_loss = 0;  ///< the mean of -ln(probability of the label)
  /// The expected calibration error: over 15 bins of equal width, the mean distance between confidence and
  /// accuracy, weighted by images (Naeini, Cooper, Hauskrecht, 2015).
  double calibration_error = 0;
  double accuracy = 0;  ///< the share of the images whose most probable class is the label
};

/// REQUIRES labels, and as many probabilities for each of them.
Reliability measure_reliability(std::span<const float> probabilities, std::span<const std::uint8_t> labels);

struct Calibration {
  float lowering = 0;     ///< the output of the class none was lowered by it
  float temperature = 1;  ///< then all outputs were divided by it
  Reliability before = {};
  Reliability after = {};
  std::vector<ErrorThreshold> thresholds = {};
};

/// Makes a model's confidence honest by temperature scaling (Guo, Pleiss, Sun, Weinberger, "On calibration of
/// modern neural networks", 2017): divides the outputs of each member, in the weights of its last layer, so
/// that the log-loss on `data` is least. Which class is the most probable does not change. Of a model with
/// the class none, that output is lowered first so far that it refuses at most one digit of a thousand: how
/// many marks are none where the model will be used, the training images do not say. Also measures at which
/// confidence few enough answers are wrong. `data` must not have been trained on. Throws
/// Error(unsupported) for members that do not end in a dense layer, or were trained with squared errors.
Calibration calibrate(Model& model, const DatasetView& data);

/// Changes a model as calibrate() has changed another one: a sibling that was trained in the same way,
/// without the images that were then measured, so that this one could be trained on them too. Throws as
/// calibrate() does, and Error(invalid_argument) for a calibration that no model can have.
void apply_calibration(Model& model, const Calibration& found);

/// Reads what `scrawl calibrate --json` has printed: lowering, temperature and thresholds. Throws
/// Error(bad_data) for other files, Error(not_found) or Error(io).
Calibration read_calibration(const std::filesystem::path& file);

struct ConfusedPair {
  std::size_t label = 0;
  std::size_t prediction = 0;
  std::size_t count = 0;

  bool operator==(const ConfusedPair&) const = default;
};

/// The `count` most frequent confusions, in descending order; equal ones by label, then prediction.
std::vector<ConfusedPair> most_confused(const EvaluationResult& result, std::size_t count);

}  // namespace scrawl
#pragma GCC visibility pop
