#include "train/training_memory.h"

#include "scrawl/network.h"

#include "base/free_memory.h"
#include "base/text.h"
#include "nn/layer_kinds.h"

#include <string>

namespace scrawl {
namespace {

/// The number of arrays as long as the parameters, including gradients, optimizer and average.
double parameter_arrays(const Recipe& recipe) {
  using Kind = OptimizerSpec::Kind;
  const double average = recipe.training.average_decay > 0 ? 1 : 0;
  switch (recipe.optimizer.kind) {
    case Kind::sgd: return 2 + average;
    case Kind::momentum:
    case Kind::nesterov: return 3 + average;
    case Kind::adamw:
    case Kind::adadelta: return 4 + average;
  }
  return 2 + average;
}

/// Outputs per image that share memory with nothing else.
double kept_outputs(const ModelSpec& model) {
  const auto shapes = infer_shapes(model);
  double outputs = 0;
  for (std::size_t i = 0; i < model.layers.size(); ++i)
    if (has_products(model.layers[i])) outputs += static_cast<double>(shapes[i].size());
  return outputs;
}

}  // namespace

void require_training_memory(const Recipe& recipe, std::size_t batch) {
  const std::size_t parameters = count_parameters(recipe.model);
  const double values = parameter_arrays(recipe) * static_cast<double>(parameters) +
                        kept_outputs(recipe.model) * static_cast<double>(batch);
  require_memory(values * sizeof(float),
                 "training " + grouped(std::to_string(parameters)) + " parameters with batches of " +
                     grouped(std::to_string(batch)),
                 "choose a smaller training.batch, or fewer or smaller layers");
}

}  // namespace scrawl
