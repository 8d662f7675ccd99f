#pragma once

#include "scrawl/model.h"

#include "predict/plan.h"

#include <cstdint>
#include <span>
#include <vector>

namespace scrawl::test {

/// predict_plainly() for a model: the mean of its members' probabilities.
inline std::vector<float> plain_probabilities(const Model& model, std::span<const std::uint8_t> images,
                                              Target target = default_target()) {
  std::vector<float> mean(images.size() / model.inputs() * model.outputs());
  std::vector<float> probabilities(mean.size());
  for (std::size_t k = 0; k < model.members.size(); ++k) {
    predict_plainly(model.members[k], target, images, probabilities);
    average_in(mean, probabilities, k, model.members.size());
  }
  return mean;
}

}  // namespace scrawl::test
