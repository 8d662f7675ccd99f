// The records and the report of a Trainer.
#include "base/finite.h"
#include "train/divergence.h"
#include "train/line_template.h"
#include "train/trainer_impl.h"

#include <algorithm>
#include <cmath>

namespace scrawl {

/// The step just completed, from 0, within the run or the epoch.
std::uint64_t Trainer::Impl::scope_step() {
  return recipe_.report.scope == Recipe::Scope::epoch ? (step_ - 1) % steps_per_epoch_ : step_ - 1;
}

/// The next step, from 1, with a record or the end of an epoch; saves checks at each one-image step.
std::uint64_t Trainer::Impl::next_event() {
  const auto& report = recipe_.report;
  const std::uint64_t epoch_end = (step_ / steps_per_epoch_ + 1) * steps_per_epoch_;
  const std::uint64_t recorded = (step_ / report.loss_every + 1) * report.loss_every;
  std::uint64_t next = std::min({steps_, epoch_end, recorded});
  if (report.every > 0) {
    const std::uint64_t begin = report.scope == Recipe::Scope::epoch ? step_ % steps_per_epoch_ : step_;
    const std::uint64_t behind = (begin + report.count_from) % report.every;
    next = std::min(next, step_ + (behind == 0 ? 0 : report.every - behind) + 1);
  }
  return next;
}

std::uint64_t Trainer::Impl::last_record(std::uint64_t step) {
  const auto& report = recipe_.report;
  std::uint64_t last = step == steps_ ? step : step - step % report.loss_every;
  if (report.every == 0 || step == 0) return last;
  // The last report in the steps (begin, end] of one scope, or 0.
  const auto last_report = [&](std::uint64_t begin, std::uint64_t end) {
    const std::uint64_t behind = (end - begin - 1 + report.count_from) % report.every;
    return behind < end - begin ? end - behind : 0;
  };
  const bool in_epochs = report.scope == Recipe::Scope::epoch;
  const std::uint64_t begin = in_epochs ? (step - 1) / steps_per_epoch_ * steps_per_epoch_ : 0;
  last = std::max(last, last_report(begin, step));
  // If the previous epoch has none, no other has.
  return begin > 0 ? std::max(last, last_report(begin - steps_per_epoch_, begin)) : last;
}

bool Trainer::Impl::is_report_step() {
  const auto& report = recipe_.report;
  return report.every > 0 && (scope_step() + report.count_from) % report.every == 0;
}

double Trainer::Impl::penalty() {
  if (optimizer_.l2() == 0) return 0;
  return online_ ? optimizer_.l2() / 2 * online_->sum_of_squares(compute_)
                 : optimizer_.penalty(network_.parameters(), compute_);
}

Record Trainer::Impl::record(bool with_report, Watch& watch) {
  Record result{.step = step_,
                .epoch = static_cast<double>(step_) / static_cast<double>(steps_per_epoch_),
                .learning_rate = optimizer_.learning_rate(step_ - 1),
                .loss = static_cast<double>(data_loss_) + penalty(),
                .accuracies = {},
                .lines = {}};
  check_loss(result.loss, "the loss with its l2 penalty", /*before_update=*/false);
  last_loss_ = result.loss;
  std::size_t correct = 0;
  const auto outputs = online_ ? online_->output() : workspace_.output();
  for (std::size_t r = 0; r < outputs.rows(); ++r) {
    const auto row = outputs.row(r);
    correct += std::max_element(row.begin(), row.end()) - row.begin() == labels_[r] ? 1 : 0;
  }
  result.batch_accuracy = static_cast<double>(correct) / static_cast<double>(outputs.rows());
  steps_seconds_ += watch.lap();
  if (!with_report) return result;

  const std::uint64_t from = recipe_.report.count_from;
  LineValues values{.epoch = (step_ - 1) / steps_per_epoch_ + from,
                    .epochs = (steps_ + steps_per_epoch_ - 1) / steps_per_epoch_,
                    .step = scope_step() + from,
                    .steps = steps_,
                    .loss = result.loss,
                    .learning_rate = result.learning_rate,
                    .batch_accuracy = result.batch_accuracy,
                    .accuracies = {},
                    .parts = {}};
  for (const auto& name : recipe_.report.evaluate) {
    const Part part = parse_part(name);
    const auto i = static_cast<std::size_t>(part);
    values.accuracies[i] = evaluator_.accuracy(network(), data_.part(part));
    values.parts[i] = true;
    result.accuracies[i] = values.accuracies[i];
  }
  evaluation_seconds_ += watch.lap();
  for (const auto& line : recipe_.report.lines) result.lines.push_back(format_line(line, values));
  return result;
}

void Trainer::Impl::check_loss(double loss, const char* name, bool before_update) {
  if (!std::isfinite(loss))
    fail(std::string(name) + " is " + (std::isnan(loss) ? "NaN" : "infinite"), before_update);
}

void Trainer::Impl::check_weights() {
  const auto check = [&](std::span<const float> values, const char* name) {
    if (!all_finite(values)) fail(std::string(name) + " is not finite", false);
  };
  check(trained().parameters(), "a weight");
  check(network_.state(), "a running mean or variance");
  check(optimizer_.state(), "a value of the optimizer's state");
  if (average_) check(average_->network().parameters(), "an averaged weight");
}

void Trainer::Impl::fail(const std::string& what, bool before_update) {
  constexpr std::size_t most_images = 100;
  const std::size_t images = std::min(most_images, data_.train.size());
  const std::size_t pixels = data_.train.shape.size();
  std::vector<float> inputs(images * pixels);
  Preprocessor(preprocessing_, pixels, images)
      .apply(data_.train.images, Compute(), {inputs.data(), images, pixels});
  double largest = 0;
  for (const float input : inputs) largest = std::max(largest, static_cast<double>(std::abs(input)));
  throw diverged(recipe_, {.step = step_,
                           .what = what,
                           .before_update = before_update,
                           .learning_rate = step_ > 0 ? optimizer_.learning_rate(step_ - 1) : 0,
                           .largest_input = largest});
}

TrainReport Trainer::Impl::report() {
  Watch watch;
  const double epochs = static_cast<double>(step_) / static_cast<double>(steps_per_epoch_);
  // Only the last batch of an epoch can be smaller.
  const std::uint64_t whole_epochs = step_ / steps_per_epoch_;
  const std::uint64_t images = recipe_.training.sampling == Sampling::with_replacement
                                   ? step_ * batch_
                                   : whole_epochs * data_.train.size() + step_ % steps_per_epoch_ * batch_;
  TrainReport report{
      .recipe = recipe_.name,
      .seed = recipe_.seed,
      .threads = compute_.threads(),
      .target = compute_.target(),
      .steps = step_,
      .epochs = epochs,
      .steps_seconds = steps_seconds_,
      .evaluation_seconds = evaluation_seconds_,
      .images_per_second = steps_seconds_ > 0 ? static_cast<double>(images) / steps_seconds_ : 0,
      .final_loss = last_loss_,
      .validation_accuracy = {},
      .parameters = network_.parameters().size(),
      .weights_sha256 = {},
      .lines = {}};
  report.train_accuracy = evaluator_.accuracy(network(), data_.train);
  if (data_.validation.size() > 0)
    report.validation_accuracy = evaluator_.accuracy(network(), data_.validation);
  report.test_accuracy = evaluator_.accuracy(network(), data_.test);
  report.final_evaluation_seconds = watch.lap();
  report.weights_sha256 = weights_sha256(network());

  LineValues values{
      .epoch = static_cast<std::uint64_t>(epochs),
      .epochs = (steps_ + steps_per_epoch_ - 1) / steps_per_epoch_,
      .step = step_,
      .steps = steps_,
      .loss = last_loss_,
      .learning_rate = step_ > 0 ? optimizer_.learning_rate(step_ - 1) : 0,
      .batch_accuracy = {},
      .accuracies = {report.train_accuracy, report.validation_accuracy.value_or(0), report.test_accuracy},
      .parts = {true, report.validation_accuracy.has_value(), true}};
  for (const auto& line : recipe_.report.final) report.lines.push_back(format_line(line, values));
  return report;
}

}  // namespace scrawl
