#include "scrawl/prediction.h"

#include "scrawl/ensemble.h"
#include "scrawl/error.h"
#include "scrawl/network_input.h"

#include "base/text.h"

#include <algorithm>
#include <string>

namespace scrawl {
namespace {

constexpr std::size_t rows_at_once = 100;

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
  check_members(model);
  const std::size_t pixels = model.network.inputs();
  const std::size_t classes = model.network.outputs();
  if (images.size() % pixels != 0)
    throw Error(ErrorCode::invalid_argument, "expected images of " + counted(pixels, "pixel") +
                                                 ", which the model reads, not " +
                                                 counted(images.size(), "byte"));
  const std::size_t count = images.size() / pixels;
  std::vector<float> mean(count * classes);
  if (count == 0) return mean;
  std::vector<float> probabilities(classes);
  const std::size_t members = count_members(model);
  const std::size_t batch = std::min(count, rows_at_once);
  const Compute compute(1, target);
  for (std::size_t k = 0; k < members; ++k) {
    const auto [network, info] = member(model, k);
    Workspace workspace = network.make_workspace(batch);
    workspace.set_sparse_input(info.preprocessing.keeps_zeros());
    NetworkInput input(network, info.preprocessing, batch);
    for (std::size_t first = 0; first < count; first += batch) {
      const std::size_t rows = std::min(batch, count - first);
      input.take(images, first, rows, compute);
      const auto outputs = input.predict(network, workspace, compute);
      for (std::size_t r = 0; r < rows; ++r) {
        std::copy_n(outputs.row(r).data(), classes, probabilities.data());
        to_probabilities(probabilities, info.loss, compute);
        average_in(std::span(mean).subspan((first + r) * classes, classes), probabilities, k, members);
      }
    }
  }
  return mean;
}

}  // namespace scrawl
