#include "predict/plan.h"

#include "predict/plain.h"

#include <algorithm>
#include <array>
#include <utility>

namespace scrawl {
namespace {

constexpr std::size_t most_averaged = 4096;  // probabilities at a time, on the stack

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

}  // namespace scrawl
