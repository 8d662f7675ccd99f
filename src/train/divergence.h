#pragma once

#include "scrawl/error.h"
#include "scrawl/recipe.h"

#include <cstdint>
#include <string>

namespace scrawl {

/// Training has left the numbers: a loss or a weight is NaN or infinite. What Trainer::train throws.
class Diverged : public Error {
 public:
  using Error::Error;
};

/// What is known where training diverges.
struct Divergence {
  std::uint64_t step = 0;      ///< from 1
  std::string what;            ///< "the loss is nan"
  bool before_update = false;  ///< no step has changed the weights yet
  double learning_rate = 0;    ///< of the step
  double largest_input = 0;    ///< the largest magnitude that the network gets
};

/// With a message that says where, and which key to change: the likeliest of learning rate, weight decay,
/// preprocessing and initialiser.
Diverged diverged(const Recipe& recipe, const Divergence& divergence);

}  // namespace scrawl
