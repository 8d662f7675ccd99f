#pragma once

#include "scrawl/error.h"
#include "scrawl/recipe.h"

#include <cstdint>
#include <string>

namespace scrawl {

/// Thrown by Trainer::train if a loss or a weight is NaN or infinite.
class Diverged : public Error {
 public:
  using Error::Error;
};

struct Divergence {
  std::uint64_t step = 0;      ///< from 1
  std::string what;            ///< "the loss is nan"
  bool before_update = false;  ///< no step has changed the weights yet
  double learning_rate = 0;    ///< of the step
  double largest_input = 0;    ///< the largest magnitude of the network's inputs
};

/// The message names the place and the key to change: learning rate, decay, preprocessing or initialiser.
Diverged diverged(const Recipe& recipe, const Divergence& divergence);

}  // namespace scrawl
