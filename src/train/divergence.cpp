#include "train/divergence.h"

#include "base/text.h"

#include <algorithm>
#include <utility>

namespace scrawl {
namespace {

constexpr double large_input = 16;  ///< pixels are usually scaled to 0..1 or deviation 1

constexpr double large_rate = 10;  ///< beyond it the rate is the cause, whatever else is unusual

std::string it_is(const char* key, double value) {
  return std::string(key) + " (it is " + shortest(static_cast<float>(value)) + ")";
}

std::string advice(const Recipe& recipe, const Divergence& divergence) {
  const auto& optimizer = recipe.optimizer;
  const std::string inputs =
      "the network's inputs reach " + shortest(static_cast<float>(divergence.largest_input)) +
      "; bring pixels to about 0..1: " + it_is("preprocessing.divisor", recipe.preprocessing.divisor) +
      " and " + it_is("preprocessing.factor", recipe.preprocessing.factor);
  if (divergence.before_update)
    return divergence.largest_input > large_input
               ? inputs
               : "no step has been taken yet, so try another model.initialiser (it is '" +
                     to_string(recipe.initialiser) + "') or check the loss";
  std::string rate = "try a smaller " + it_is("optimizer.learning_rate", optimizer.learning_rate) +
                     ", such as " + shortest(optimizer.learning_rate / 10);
  if (divergence.learning_rate > large_rate) return rate;
  // Each step multiplies a weight by 1 - rate * decay, which must stay positive.
  for (const auto& [key, decay] :
       {std::pair{"optimizer.l2", optimizer.l2}, {"optimizer.weight_decay", optimizer.weight_decay}})
    if (divergence.learning_rate * static_cast<double>(decay) >= 1)
      return "its product with the learning rate must stay well below 1: try a smaller " + it_is(key, decay);
  return divergence.largest_input > large_input ? inputs : rate;
}

}  // namespace

Diverged diverged(const Recipe& recipe, const Divergence& divergence) {
  return {ErrorCode::invalid_argument, "training diverged at step " + std::to_string(divergence.step) + ": " +
                                           divergence.what + "; " + advice(recipe, divergence)};
}

}  // namespace scrawl
