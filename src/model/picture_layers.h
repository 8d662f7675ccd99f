#pragma once

#include "scrawl/model_spec.h"

namespace scrawl {

/// Whether other programs need the input as (batch, C, H, W), not (batch, N). Activations take both.
inline bool takes_picture(const LayerSpec& layer, const Shape& input) {
  if (std::holds_alternative<BatchNorm>(layer)) return input.channels != 1 || input.height != 1;
  return std::holds_alternative<Conv2d>(layer) || std::holds_alternative<MaxPool>(layer) ||
         std::holds_alternative<AveragePool>(layer) || std::holds_alternative<GlobalAveragePool>(layer);
}

/// Whether they need (batch, N). scrawl's layers flatten pictures by themselves.
inline bool takes_vector(const LayerSpec& layer, const Shape& input) {
  return std::holds_alternative<Dense>(layer) ||
         (std::holds_alternative<BatchNorm>(layer) && !takes_picture(layer, input));
}

}  // namespace scrawl
