#include "predict/activation_step.h"

#include <variant>

namespace scrawl {
namespace {

template <class... Kinds>
bool is_any_of(const LayerSpec& layer) {
  return (std::holds_alternative<Kinds>(layer) || ...);
}

}  // namespace

std::optional<ActivationStep> ActivationStep::make(const LayerSpec& layer, const Compute& compute) {
  if (!is_any_of<Sigmoid, Relu, Tanh, LeakyRelu, Silu>(layer)) return std::nullopt;
  ActivationStep step;
  step.layer_ = make_layer<float>(layer, {1, 1, 1});
  step.function_ = step.layer_->activation(compute).function;
  return step;
}

void ActivationStep::run_layer(std::size_t n, float* values, const Compute& compute) const {
  layer_->forward({.parameters = {},
                   .state = {},
                   .input = MatrixView<const float>(values, 1, n),
                   .sparse_input = false,
                   .output = MatrixView<float>(values, 1, n),
                   .scratch = {},
                   .mode = Mode::predict,
                   .key = {},
                   .compute = compute});
}

}  // namespace scrawl
