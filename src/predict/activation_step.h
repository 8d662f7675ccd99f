#pragma once

#include "scrawl/compute.h"
#include "scrawl/layer.h"

#include <cstddef>
#include <memory>
#include <optional>

namespace scrawl {

/// An activation layer of scrawl's own, for values that stay where they are.
class ActivationStep {
 public:
  /// Nothing for a layer of another kind.
  static std::optional<ActivationStep> make(const LayerSpec& layer, const Compute& compute);

  /// REQUIRES a Compute of the target that it was made with.
  void run(std::size_t n, float* values, const Compute& compute) const {
    if (function_)
      function_(n, values, values);
    else
      run_layer(n, values, compute);
  }

 private:
  ActivationStep() = default;
  void run_layer(std::size_t n, float* values, const Compute& compute) const;

  std::unique_ptr<const Layer<float>> layer_;
  decltype(Elementwise<float>::function) function_ = nullptr;  ///< null for layers that need more than values
};

}  // namespace scrawl
