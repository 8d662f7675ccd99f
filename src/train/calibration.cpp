#include "scrawl/error.h"
#include "scrawl/evaluation.h"

#include "base/text.h"
#include "nn/layer_kinds.h"
#include "predict/plan.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <numeric>
#include <utility>

namespace scrawl {
namespace {

constexpr std::size_t bins = 15;
constexpr float least_probability = 1e-38F;
constexpr double widest_log_temperature = 3;
constexpr int search_steps = 60;

// The errors that `scrawl read --target-error` can be asked for.
constexpr std::array target_errors = {0.02F, 0.01F, 0.005F, 0.002F, 0.001F, 0.0005F};

/// The probabilities of each member, image after image.
using MemberProbabilities = std::vector<std::vector<float>>;

/// The mean over the members of softmax(log p / temperature).
std::vector<float> at_temperature(const MemberProbabilities& members, std::size_t classes,
                                  double temperature) {
  std::vector<float> mean(members[0].size());
  std::vector<double> row(classes);
  for (const auto& probabilities : members)
    for (std::size_t at = 0; at < probabilities.size(); at += classes) {
      double sum = 0;
      for (std::size_t c = 0; c < classes; ++c)
        sum += row[c] = std::exp(std::log(std::max(probabilities[at + c], least_probability)) / temperature);
      for (std::size_t c = 0; c < classes; ++c)
        mean[at + c] += static_cast<float>(row[c] / sum / static_cast<double>(members.size()));
    }
  return mean;
}

double log_loss(std::span<const float> probabilities, std::span<const std::uint8_t> labels) {
  const std::size_t classes = probabilities.size() / labels.size();
  double sum = 0;
  for (std::size_t i = 0; i < labels.size(); ++i)
    sum -= std::log(std::max(probabilities[i * classes + labels[i]], least_probability));
  return sum / static_cast<double>(labels.size());
}

/// The temperature with the least log-loss, to three digits, by golden-section search over its logarithm.
double best_temperature(const MemberProbabilities& members, std::span<const std::uint8_t> labels) {
  const std::size_t classes = members[0].size() / labels.size();
  const auto loss = [&](double log_temperature) {
    return log_loss(at_temperature(members, classes, std::exp(log_temperature)), labels);
  };
  const double ratio = (std::sqrt(5.0) - 1) / 2;
  double low = -widest_log_temperature;
  double high = widest_log_temperature;
  double a = high - ratio * (high - low);
  double b = low + ratio * (high - low);
  double loss_a = loss(a);
  double loss_b = loss(b);
  for (int step = 0; step < search_steps && high - low > 1e-4; ++step) {
    if (loss_a < loss_b) {
      high = std::exchange(b, a);
      a = high - ratio * (high - low);
      loss_b = std::exchange(loss_a, loss(a));
    } else {
      low = std::exchange(a, b);
      b = low + ratio * (high - low);
      loss_a = std::exchange(loss_b, loss(b));
    }
  }
  return std::round(std::exp((low + high) / 2) * 1000) / 1000;
}

/// Divides the outputs of a network that ends in a dense layer.
void divide_outputs(Member& member, float temperature) {
  const auto& layers = member.network.spec().layers;
  const std::string place = std::to_string(layers.size() - 1);
  for (const auto& info : member.network.parameter_infos()) {
    if (info.name != place + ".weight" && info.name != place + ".bias") continue;
    auto values = copy_parameter(member.network, info);
    for (float& value : values) value /= temperature;
    set_parameter<float>(member.network, info, values);
  }
}

std::vector<ErrorThreshold> thresholds_of(std::span<const float> probabilities,
                                          std::span<const std::uint8_t> labels) {
  const std::size_t classes = probabilities.size() / labels.size();
  std::vector<std::pair<float, bool>> answers(labels.size());  // confidence, and whether it is right
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = probabilities.subspan(i * classes, classes);
    const std::size_t read = largest(row);
    answers[i] = {row[read], read == labels[i]};
  }
  std::sort(answers.begin(), answers.end(), std::greater<>());
  std::vector<ErrorThreshold> thresholds;
  for (const float error : target_errors) {
    ErrorThreshold threshold{.error = error, .confidence = 1};
    std::size_t wrong = 0;
    for (std::size_t n = 0; n < answers.size(); ++n) {
      wrong += answers[n].second ? 0 : 1;
      const bool is_tie = n + 1 < answers.size() && answers[n + 1].first == answers[n].first;
      // One more error than was seen: few were.
      if (is_tie || static_cast<float>(wrong + 1) > error * static_cast<float>(n + 1)) continue;
      threshold.confidence = answers[n].first;
      threshold.answered = static_cast<float>(n + 1) / static_cast<float>(answers.size());
    }
    thresholds.push_back(threshold);
  }
  return thresholds;
}

}  // namespace

Reliability measure_reliability(std::span<const float> probabilities, std::span<const std::uint8_t> labels) {
  assert(!labels.empty() && probabilities.size() % labels.size() == 0);
  const std::size_t classes = probabilities.size() / labels.size();
  struct Bin {
    std::size_t count = 0;
    std::size_t right = 0;
    double confidence = 0;
  };
  std::array<Bin, bins> all = {};
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = probabilities.subspan(i * classes, classes);
    const std::size_t read = largest(row);
    Bin& bin = all[std::min(bins - 1, static_cast<std::size_t>(row[read] * bins))];
    ++bin.count;
    bin.right += read == labels[i] ? 1 : 0;
    bin.confidence += row[read];
  }
  Reliability result{.log_loss = log_loss(probabilities, labels)};
  for (const Bin& bin : all)
    result.calibration_error += std::abs(static_cast<double>(bin.right) - bin.confidence);
  result.calibration_error /= static_cast<double>(labels.size());
  return result;
}

Calibration calibrate(Model& model, const DatasetView& data) {
  if (data.size() == 0) throw Error(ErrorCode::invalid_argument, "there are no images to calibrate on");
  for (const Member& member : model.members) {
    if (std::holds_alternative<SquaredError>(member.info.loss))
      throw Error(ErrorCode::unsupported,
                  "a network trained with squared errors has no temperature; train one with softmax and "
                  "cross-entropy");
    const auto& layers = member.network.spec().layers;
    if (layers.empty() || as<Dense>(layers.back()) == nullptr)
      throw Error(ErrorCode::unsupported, "only a network that ends in a dense layer can be calibrated");
  }
  MemberProbabilities members;
  for (std::size_t k = 0; k < model.members.size(); ++k)
    members.push_back(predict_probabilities(take_member(model, k), data.images));
  Calibration result{.before = measure_reliability(at_temperature(members, model.outputs(), 1), data.labels)};
  const double temperature = best_temperature(members, data.labels);
  const auto after = at_temperature(members, model.outputs(), temperature);
  result.after = measure_reliability(after, data.labels);
  result.temperature = static_cast<float>(temperature);
  result.thresholds = thresholds_of(after, data.labels);
  for (Member& member : model.members) {
    divide_outputs(member, result.temperature);
    member.info.temperature *= result.temperature;
    member.info.thresholds = result.thresholds;
  }
  return result;
}

}  // namespace scrawl
