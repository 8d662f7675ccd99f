#include "predict/plan.h"

#include "scrawl/error.h"

#include "base/text.h"
#include "model/network_input.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

namespace scrawl {
namespace {

constexpr std::size_t most_averaged = 4096;  // probabilities at a time, on the stack
constexpr std::size_t rows_at_once = 100;    // of Network::predict

}  // namespace

Plan::Plan(const Model& model, Target target)
    : target_(target), pixels_(model.inputs()), classes_(model.outputs()) {
  check_members(model);
  for (const auto& member : model.members) {
    if (auto plan = MemberPlan::make(member, target))
      members_.emplace_back(std::move(*plan));
    else
      members_.emplace_back(member);
  }
}

void Plan::predict_member(std::size_t member, std::span<const std::uint8_t> images,
                          std::span<float> probabilities, std::span<std::uint8_t> predictions) const {
  if (const auto* plan = std::get_if<MemberPlan>(&members_[member]))
    return plan->predict(images, probabilities, predictions);
  predict_plainly(std::get<Member>(members_[member]), target_, images, probabilities, predictions);
}

void Plan::predict(std::span<const std::uint8_t> images, std::span<float> probabilities) const {
  if (members() == 1) return predict_member(0, images, probabilities);
  if (classes_ > most_averaged) {
    std::vector<float> room(classes_);
    return predict_mean(images, probabilities, room);
  }
  std::array<float, most_averaged> room;
  predict_mean(images, probabilities, room);
}

/// Keeps a member's weights in the cache for as many images as fit into `room`.
void Plan::predict_mean(std::span<const std::uint8_t> images, std::span<float> probabilities,
                        std::span<float> room) const {
  const std::size_t block = room.size() / classes_;
  const std::size_t count = probabilities.size() / classes_;
  for (std::size_t first = 0; first < count; first += block) {
    const std::size_t rows = std::min(block, count - first);
    const auto next = room.first(rows * classes_);
    for (std::size_t k = 0; k < members(); ++k) {
      predict_member(k, images.subspan(first * pixels_, rows * pixels_), next);
      average_in(probabilities.subspan(first * classes_, next.size()), next, k, members());
    }
  }
}

void predict_plainly(const Member& member, Target target, std::span<const std::uint8_t> images,
                     std::span<float> probabilities, std::span<std::uint8_t> predictions) {
  const auto& [network, info] = member;
  const std::size_t classes = network.outputs();
  const std::size_t count = images.size() / network.inputs();
  assert(probabilities.size() == count * classes);
  if (count == 0) return;
  const std::size_t batch = std::min(count, rows_at_once);
  const Compute compute(1, target);
  Workspace workspace = network.make_workspace(batch);
  workspace.set_sparse_input(info.preprocessing.keeps_zeros());
  NetworkInput input(network, info.preprocessing, batch);
  for (std::size_t first = 0; first < count; first += batch) {
    const std::size_t rows = std::min(batch, count - first);
    input.take(images, first, rows, compute);
    const auto outputs = input.predict(network, workspace, compute);
    for (std::size_t r = 0; r < rows; ++r) {
      const auto row = probabilities.subspan((first + r) * classes, classes);
      const auto values = outputs.row(r);
      std::copy(values.begin(), values.end(), row.begin());
      if (!predictions.empty()) predictions[first + r] = largest(values);
      to_probabilities(row, info.loss, compute);
    }
  }
}

void to_probabilities(std::span<float> outputs, const LossSpec& loss, const Compute& compute) {
  const auto* const squared = std::get_if<SquaredError>(&loss);
  if (squared == nullptr) return softmax(outputs, compute);
  float sum = 0;
  for (auto& value : outputs) {
    value =
        std::max((value - squared->low) / (squared->high - squared->low), least_squared_error_probability);
    sum += value;
  }
  for (auto& value : outputs) value /= sum;
}

std::vector<float> predict_probabilities(const Model& model, std::span<const std::uint8_t> images,
                                         Target target) {
  const Plan plan(model, target);
  if (images.size() % plan.pixels() != 0)
    throw Error(ErrorCode::invalid_argument, "expected images of " + counted(plan.pixels(), "pixel") +
                                                 ", which the model reads, not " +
                                                 counted(images.size(), "byte"));
  std::vector<float> probabilities(images.size() / plan.pixels() * plan.classes());
  plan.predict(images, probabilities);
  return probabilities;
}

}  // namespace scrawl
