#include "scrawl/error.h"
#include "scrawl/evaluation.h"

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "nn/layer_kinds.h"
#include "predict/plan.h"
#include "train/image_check.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

namespace scrawl {
namespace {

constexpr std::size_t bins = 15;
constexpr float least_probability = 1e-38F;
constexpr double most_refused = 0.001;  // of the digits
constexpr double widest_log_temperature = 3;
constexpr int search_steps = 60;

// The errors that `scrawl read --target-error` can be asked for.
constexpr std::array target_errors = {0.02F, 0.01F, 0.005F, 0.002F, 0.001F, 0.0005F};

/// The probabilities of each member, image after image.
using MemberProbabilities = std::vector<std::vector<float>>;

float log_of(float probability) { return std::log(std::max(probability, least_probability)); }

/// By how much the output `none` must be lowered for at most one digit of a thousand to be refused.
float lowering_of(const std::vector<float>& probabilities, std::size_t none,
                  std::span<const std::uint8_t> labels) {
  const std::size_t classes = probabilities.size() / labels.size();
  std::vector<float> leads;  // of `none` before the most probable digit
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] == none) continue;
    float best = 0;
    for (std::size_t c = 0; c < classes; ++c)
      if (c != none) best = std::max(best, probabilities[i * classes + c]);
    leads.push_back(log_of(probabilities[i * classes + none]) - log_of(best));
  }
  const auto allowed = static_cast<std::size_t>(most_refused * static_cast<double>(leads.size()));
  if (allowed >= leads.size()) return 0;
  std::nth_element(leads.begin(), leads.begin() + static_cast<std::ptrdiff_t>(allowed), leads.end(),
                   std::greater<>());
  return std::max(leads[allowed], 0.0F);
}

/// Lowers the output of one class in the probabilities: they are softmax(outputs).
void lower(std::vector<float>& probabilities, std::size_t classes, std::size_t which, float by) {
  const float factor = std::exp(-by);
  for (std::size_t at = 0; at < probabilities.size(); at += classes) {
    float& lowered = probabilities[at + which];
    const float sum = 1 - lowered + lowered * factor;
    lowered *= factor;
    for (std::size_t c = 0; c < classes; ++c) probabilities[at + c] /= sum;
  }
}

/// The mean over the members of softmax(log p / temperature).
std::vector<float> at_temperature(const MemberProbabilities& members, std::size_t classes,
                                  double temperature) {
  std::vector<float> mean(members[0].size());
  std::vector<double> row(classes);
  for (const auto& probabilities : members)
    for (std::size_t at = 0; at < probabilities.size(); at += classes) {
      double sum = 0;
      for (std::size_t c = 0; c < classes; ++c)
        sum += row[c] = std::exp(double{log_of(probabilities[at + c])} / temperature);
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

/// Lowers output `none` of a network that ends in a dense layer, then divides them all.
void change_outputs(Member& member, std::size_t none, float lowering, float temperature) {
  const auto& layers = member.network.spec().layers;
  const std::string place = std::to_string(layers.size() - 1);
  for (const auto& info : member.network.parameter_infos()) {
    const bool is_bias = info.name == place + ".bias";
    if (info.name != place + ".weight" && !is_bias) continue;
    auto values = copy_parameter(member.network, info);
    if (is_bias && lowering > 0) values[none] -= lowering;
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
    if (threshold.answered > 0) thresholds.push_back(threshold);
  }
  return thresholds;
}

void change_outputs(Model& model, const Calibration& found) {
  const std::size_t none = find_no_digit(model.classes()).value_or(0);
  for (Member& member : model.members) {
    change_outputs(member, none, found.lowering, found.temperature);
    member.info.temperature *= found.temperature;
    member.info.thresholds = found.thresholds;
  }
}

void check_outputs(const Model& model) {
  for (const Member& member : model.members) {
    if (std::holds_alternative<SquaredError>(member.info.loss))
      throw Error(ErrorCode::unsupported,
                  "a network trained with squared errors has no temperature; train one with softmax and "
                  "cross-entropy");
    const auto& layers = member.network.spec().layers;
    const auto* const last = layers.empty() ? nullptr : as<Dense>(layers.back());
    if (last == nullptr || !last->bias)
      throw Error(ErrorCode::unsupported,
                  "only a network that ends in a dense layer with biases can be calibrated");
  }
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
  for (const Bin& bin : all) {
    result.calibration_error += std::abs(static_cast<double>(bin.right) - bin.confidence);
    result.accuracy += static_cast<double>(bin.right);
  }
  result.calibration_error /= static_cast<double>(labels.size());
  result.accuracy /= static_cast<double>(labels.size());
  return result;
}

Calibration calibrate(Model& model, const DatasetView& data) {
  if (data.size() == 0) throw Error(ErrorCode::invalid_argument, "there are no images to calibrate on");
  check_outputs(model);
  check_images(model, data);
  MemberProbabilities members;
  for (std::size_t k = 0; k < model.members.size(); ++k)
    members.push_back(predict_probabilities(take_member(model, k), data.images));
  Calibration result{.before = measure_reliability(at_temperature(members, model.outputs(), 1), data.labels)};
  const auto none = find_no_digit(model.classes());
  if (none) {
    result.lowering = lowering_of(at_temperature(members, model.outputs(), 1), *none, data.labels);
    for (auto& probabilities : members) lower(probabilities, model.outputs(), *none, result.lowering);
  }
  const double temperature = best_temperature(members, data.labels);
  const auto after = at_temperature(members, model.outputs(), temperature);
  result.after = measure_reliability(after, data.labels);
  result.temperature = static_cast<float>(temperature);
  result.thresholds = thresholds_of(after, data.labels);
  change_outputs(model, result);
  return result;
}

void apply_calibration(Model& model, const Calibration& found) {
  check_outputs(model);
  if (found.lowering > 0 && !find_no_digit(model.classes()))
    throw Error(ErrorCode::invalid_argument,
                "the calibration lowers the class none, which the model does not have");
  if (!(found.temperature > 0) || !std::isfinite(found.temperature) || !(found.lowering >= 0) ||
      !std::isfinite(found.lowering))
    throw Error(ErrorCode::invalid_argument,
                "the calibration has no temperature above 0, or lowers by less than 0");
  change_outputs(model, found);
}

Calibration read_calibration(const std::filesystem::path& file) {
  const std::string text = read_text_file(file);
  try {
    const auto json = parse_json(text);
    const auto number = [](const auto& object, const char* key, float low, float high) {
      const auto& value = object.at(key);
      const float result = value.is_number() ? value.template get<float>() : std::nanf("");
      if (!(result >= low && result <= high))
        throw Error(ErrorCode::bad_data, std::string("'") + key + "' must be a number from " + shortest(low) +
                                             " to " + shortest(high));
      return result;
    };
    Calibration found{.lowering = number(json, "lowering", 0, 1000),
                      .temperature = number(json, "temperature", 0.001F, 1000)};
    const auto& thresholds = json.at("thresholds");
    if (!thresholds.is_array()) throw Error(ErrorCode::bad_data, "'thresholds' must be a list");
    for (const auto& threshold : thresholds)
      found.thresholds.push_back({number(threshold, "error", 0, 1), number(threshold, "confidence", 0, 1),
                                  number(threshold, "answered", 0, 1)});
    return found;
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorCode::bad_data, "is not what scrawl calibrate --json prints", file.string());
  } catch (const Error& error) {
    throw Error(error.code(), error.message(), file.string());
  }
}

}  // namespace scrawl
