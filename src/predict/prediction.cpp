#include "scrawl/error.h"
#include "scrawl/model.h"

#include "base/text.h"
#include "predict/plan.h"

#include <algorithm>
#include <string>

namespace scrawl {
namespace {

void squared_error_probabilities(std::span<float> outputs, const SquaredError& loss) {
  float sum = 0;
  for (auto& value : outputs) {
    value = std::max((value - loss.low) / (loss.high - loss.low), least_squared_error_probability);
    sum += value;
  }
  for (auto& value : outputs) value /= sum;
}

}  // namespace

void to_probabilities(std::span<float> outputs, const LossSpec& loss, const Compute& compute) {
  if (const auto* squared = std::get_if<SquaredError>(&loss))
    squared_error_probabilities(outputs, *squared);
  else
    softmax(outputs, compute);
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
