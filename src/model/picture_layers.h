#pragma once

#include "scrawl/model_spec.h"

namespace scrawl {

/// Whether other programs want the layer's input as (batch, C, H, W), not as (batch, N). What is not said to
/// want either, such as an activation, takes both.
inline bool takes_picture(const LayerSpec& layer, const Shape& input) {
  if (std::holds_alternative<BatchNorm>(layer)) return input.channels != 1 || input.height != 1;
  return std::holds_alternative<Conv2d>(layer) || std::holds_alternative<MaxPool>(layer) ||
         std::holds_alternative<AveragePool>(layer) || std::holds_alternative<GlobalAveragePool>(layer);
}

/// Whether they want it as (batch, N). scrawl's layers flatten a picture by themselves.
inline bool takes_vector(const LayerSpec& layer, const Shape& input) {
  return std::holds_alternative<Dense>(layer) ||
         (std::holds_alternative<BatchNorm>(layer) && !takes_picture(layer, input));
}

}  // namespace scrawl
