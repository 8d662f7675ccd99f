#include "predict/plain.h"

#include "scrawl/model.h"

#include "model/network_input.h"
#include "predict/largest.h"

#include <algorithm>
#include <cassert>

namespace scrawl {
namespace {

constexpr std::size_t rows_at_once = 100;

}  // namespace

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

std::vector<float> plain_probabilities(const Model& model, std::span<const std::uint8_t> images,
                                       Target target) {
  std::vector<float> mean(images.size() / model.inputs() * model.outputs());
  std::vector<float> probabilities(mean.size());
  for (std::size_t k = 0; k < model.members.size(); ++k) {
    predict_plainly(model.members[k], target, images, probabilities);
    average_in(mean, probabilities, k, model.members.size());
  }
  return mean;
}

}  // namespace scrawl
