#pragma once

#include "scrawl/network.h"

#include <cstddef>
#include <vector>

namespace scrawl {

/// Where the layers of a model have no derivative: where the output of one like ReLU passes 0, and where
/// another value becomes the largest below a window of max pooling.
class Kinks {
 public:
  explicit Kinks(const ModelSpec& spec);

  /// Appends on which side of every kink the last forward pass in `workspace` lay; `inputs` are those of that
  /// pass. As many values for each batch of one size.
  void append_sides(const BasicNetwork<double>& network, const BasicWorkspace<double>& workspace,
                    MatrixView<const double> inputs, std::vector<bool>& sides) const;

 private:
  std::vector<std::size_t> kinked_;  // layers
  std::vector<std::size_t> choosing_;
};

}  // namespace scrawl
