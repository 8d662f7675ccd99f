// Saves and restores a Trainer's state for checkpoints.
#include "scrawl/error.h"
#include "scrawl/trainer.h"

#include "train/trainer_impl.h"

#include <algorithm>

namespace scrawl {

TrainingState Trainer::Impl::state() {
  const auto copy = [](std::span<const float> values) {
    return std::vector<float>(values.begin(), values.end());
  };
  return {.step = step_,
          .parameters = copy(trained().parameters()),
          .state = copy(network_.state()),
          .optimizer = copy(optimizer_.state()),
          .online = online_ ? online_->state() : std::vector<float>(),
          .average = average_ ? average_->state() : std::vector<float>(),
          .last_loss = last_loss_,
          .steps_seconds = steps_seconds_,
          .evaluation_seconds = evaluation_seconds_};
}

void Trainer::Impl::restore(const TrainingState& state) {
  const auto check = [](std::size_t saved, std::size_t expected, const char* what) {
    if (saved != expected)
      throw Error(ErrorCode::invalid_argument, "the saved state has " + std::to_string(saved) + " " + what +
                                                   ", but this recipe needs " + std::to_string(expected));
  };
  if (state.step > steps_)
    throw Error(ErrorCode::invalid_argument, "the saved state is from step " + std::to_string(state.step) +
                                                 ", and this recipe ends at step " + std::to_string(steps_));
  check(state.parameters.size(), network_.parameters().size(), "parameters");
  check(state.state.size(), network_.state().size(), "running means and variances");
  check(state.optimizer.size(), optimizer_.state().size(), "values of the optimizer");
  check(state.online.size(), online_ ? online_->state_size() : 0, "values of single-image training");
  check(state.average.size(), average_ ? average_->state_size() : 0, "averaged weights");
  step_ = state.step;
  std::copy(state.parameters.begin(), state.parameters.end(), network_.parameters().begin());
  std::copy(state.state.begin(), state.state.end(), network_.state().begin());
  std::copy(state.optimizer.begin(), state.optimizer.end(), optimizer_.state().begin());
  if (online_) online_->restore(network_, state.online);
  if (average_) average_->restore(state.average);
  network_lags_ = false;
  last_loss_ = state.last_loss;
  steps_seconds_ = state.steps_seconds;
  evaluation_seconds_ = state.evaluation_seconds;
}

}  // namespace scrawl
