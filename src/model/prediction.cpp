#include "scrawl/prediction.h"

#include "scrawl/error.h"
#include "scrawl/network_input.h"

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
  const Network& network = model.network;
  const std::size_t pixels = network.inputs();
  const std::size_t classes = network.outputs();
  if (images.size() % pixels != 0)
    throw Error(ErrorCode::invalid_argument, std::to_string(images.size()) + " bytes are no images of " +
                                                 std::to_string(pixels) + " pixels, which the model reads");
  const std::size_t count = images.size() / pixels;
  std::vector<float> probabilities(count * classes);
  if (count == 0) return probabilities;
  const std::size_t batch = std::min(count, rows_at_once);
  const Compute compute(1, target);
  Workspace workspace = network.make_workspace(batch);
  workspace.set_sparse_input(model.info.preprocessing.keeps_zeros());
  NetworkInput input(network, model.info.preprocessing, batch);
  for (std::size_t first = 0; first < count; first += batch) {
    const std::size_t rows = std::min(batch, count - first);
    input.take(images, first, rows, compute);
    const auto outputs = input.predict(network, workspace, compute);
    for (std::size_t r = 0; r < rows; ++r) {
      const std::span row(probabilities.data() + (first + r) * classes, classes);
      std::copy_n(outputs.row(r).data(), classes, row.data());
      to_probabilities(row, model.info.loss, compute);
    }
  }
  return probabilities;
}

}  // namespace scrawl
