#include "scrawl/evaluation.h"

#include "scrawl/error.h"

#include "model/network_input.h"
#include "predict/plan.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace scrawl {
namespace {

constexpr std::size_t images_per_thread = 64;  ///< fewer do not pay for waking a thread

double ratio(std::size_t part, std::size_t whole) {
  return whole ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

}  // namespace

struct Evaluator::Worker {
  Worker(const Network& network, const Preprocessing& preprocessing, std::size_t batch, Target target)
      : compute(1, target), workspace(network.make_workspace(batch)), input(network, preprocessing, batch) {
    workspace.set_sparse_input(preprocessing.keeps_zeros());
  }

  Compute compute;
  Workspace workspace;
  NetworkInput input;
};

Evaluator::Evaluator(const Network& network, const Preprocessing& preprocessing, std::size_t batch,
                     std::size_t threads, Target target)
    : batch_(batch), pool_(threads) {
  for (std::size_t i = 0; i < pool_.size(); ++i)
    workers_.push_back(std::make_unique<Worker>(network, preprocessing, batch, target));
}

Evaluator::~Evaluator() = default;

void Evaluator::predict(const Network& network, const DatasetView& data,
                        std::span<std::uint8_t> predictions) {
  assert(predictions.size() == data.size());
  const std::size_t pieces = std::clamp<std::size_t>(data.size() / images_per_thread, 1, pool_.size());
  pool_.run(pieces, [&](std::size_t piece) {
    Worker& worker = *workers_[piece];
    const std::size_t end = data.size() * (piece + 1) / pieces;
    for (std::size_t i = data.size() * piece / pieces; i < end; i += batch_) {
      const std::size_t rows = std::min(batch_, end - i);
      worker.input.take(data.images, i, rows, worker.compute);
      const auto outputs = worker.input.predict(network, worker.workspace, worker.compute);
      for (std::size_t r = 0; r < rows; ++r) predictions[i + r] = largest(outputs.row(r));
    }
  });
}

double Evaluator::accuracy(const Network& network, const DatasetView& data) {
  if (data.size() == 0) throw Error(ErrorCode::invalid_argument, "there are no images to evaluate");
  if (predictions_.size() < data.size()) predictions_.resize(data.size());
  const std::span predictions(predictions_.data(), data.size());
  predict(network, data, predictions);
  std::size_t correct = 0;
  for (std::size_t i = 0; i < data.size(); ++i) correct += predictions[i] == data.labels[i] ? 1 : 0;
  return ratio(correct, data.size());
}

Interval wilson_interval(std::size_t successes, std::size_t trials) {
  constexpr double z = 1.959963984540054;  // the 97.5 % point of the standard normal distribution
  const auto n = static_cast<double>(trials);
  const double p = static_cast<double>(successes) / n;
  const double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

double EvaluationResult::precision(std::size_t c) const {
  std::size_t read = 0;
  for (const auto& row : confusion) read += row[c];
  return ratio(confusion[c][c], read);
}

double EvaluationResult::recall(std::size_t c) const {
  std::size_t real = 0;
  for (const auto count : confusion[c]) real += count;
  return ratio(confusion[c][c], real);
}

EvaluationResult compare(std::span<const std::uint8_t> labels, std::span<const std::uint8_t> predictions,
                         std::size_t classes) {
  assert(labels.size() == predictions.size());
  EvaluationResult result{.images = labels.size(), .confusion = {classes, std::vector<std::size_t>(classes)}};
  for (std::size_t i = 0; i < labels.size(); ++i) {
    ++result.confusion[labels[i]][predictions[i]];
    result.correct += labels[i] == predictions[i] ? 1 : 0;
  }
  return result;
}

}  // namespace scrawl
