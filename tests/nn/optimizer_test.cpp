#include "scrawl/optimizer.h"

#include "nn/nn_testing.h"

#include <gtest/gtest.h>

namespace scrawl {
namespace {

using test::relative_norm;
using Kind = OptimizerSpec::Kind;

/// Two layers with biases; the first weight is large enough for several threads.
const std::vector<ParameterInfo> infos = {{"0.weight", {100, 130}, 0, ParameterKind::weight},
                                          {"0.bias", {100}, 13000, ParameterKind::bias},
                                          {"2.weight", {3, 100}, 13100, ParameterKind::weight},
                                          {"2.bias", {3}, 13400, ParameterKind::bias}};
constexpr std::size_t count = 13403;

bool is_weight(std::size_t i) { return i < 13000 || (i >= 13100 && i < 13400); }

float gradient_at(std::size_t i, std::uint32_t step) {
  return static_cast<float>(random_normal({.seed = 1, .step = step}, static_cast<std::uint32_t>(i)));
}

/// The textbook, in double and one parameter at a time.
class Plain {
 public:
  explicit Plain(const OptimizerSpec& spec) : spec_(spec), first_(count), second_(count) {}

  void step(std::uint64_t step, std::vector<double>& w, const std::vector<float>& gradients, double rate) {
    for (std::size_t i = 0; i < count; ++i) {
      const double g = gradients[i] + (is_weight(i) ? spec_.l2 * w[i] : 0);
      if (spec_.kind == Kind::sgd) {
        w[i] -= rate * g;
      } else if (spec_.kind == Kind::adamw) {
        const double t = static_cast<double>(step) + 1;
        first_[i] = spec_.beta1 * first_[i] + (1.0 - spec_.beta1) * g;
        second_[i] = spec_.beta2 * second_[i] + (1.0 - spec_.beta2) * g * g;
        const double mean = first_[i] / (1 - std::pow(static_cast<double>(spec_.beta1), t));
        const double variance = second_[i] / (1 - std::pow(static_cast<double>(spec_.beta2), t));
        if (is_weight(i)) w[i] -= rate * spec_.weight_decay * w[i];
        w[i] -= rate * mean / (std::sqrt(variance) + spec_.epsilon);
      } else {
        first_[i] = spec_.momentum * first_[i] + g;
        w[i] -= rate * (spec_.kind == Kind::nesterov ? g + spec_.momentum * first_[i] : first_[i]);
      }
    }
  }

  const std::vector<double>& first() const { return first_; }
  const std::vector<double>& second() const { return second_; }

 private:
  OptimizerSpec spec_;
  std::vector<double> first_;
  std::vector<double> second_;
};

std::vector<float> start() {
  std::vector<float> w(count);
  for (std::size_t i = 0; i < count; ++i) w[i] = gradient_at(i, 99);
  return w;
}

const std::vector<OptimizerSpec> specs = {
    {.kind = Kind::sgd},
    {.kind = Kind::sgd, .learning_rate = 0.05F, .l2 = 0.1F},
    {.kind = Kind::momentum, .learning_rate = 0.01F},
    {.kind = Kind::momentum, .learning_rate = 0.01F, .l2 = 0.1F, .momentum = 0.5F},
    {.kind = Kind::nesterov, .learning_rate = 0.01F, .l2 = 0.1F},
    {.kind = Kind::adamw, .learning_rate = 0.01F},
    {.kind = Kind::adamw, .learning_rate = 0.02F, .beta1 = 0.8F, .beta2 = 0.99F, .weight_decay = 0.2F},
    {.kind = Kind::adamw, .learning_rate = 0.02F, .l2 = 0.1F, .epsilon = 1e-3F},
    {.kind = Kind::sgd, .schedule = {.kind = Schedule::Kind::cosine}}};

TEST(Optimizer, FollowsTheTextbook) {
  for (const auto& spec : specs) {
    Optimizer optimizer(spec, infos, 20);
    Plain plain(spec);
    std::vector<float> w = start();
    std::vector<double> expected(w.begin(), w.end());
    std::vector<float> gradients(count);
    const Compute compute(2);
    for (std::uint32_t step = 0; step < 20; ++step) {
      for (std::size_t i = 0; i < count; ++i) gradients[i] = gradient_at(i, step);
      optimizer.step(step, w, gradients, compute);
      plain.step(step, expected, gradients, spec.learning_rate * schedule_factor(spec.schedule, step, 20));
    }
    EXPECT_LT(relative_norm(w, expected), 1e-6) << static_cast<int>(spec.kind);
    const std::size_t arrays = spec.kind == Kind::sgd ? 0 : spec.kind == Kind::adamw ? 2 : 1;
    ASSERT_EQ(optimizer.state().size(), arrays * count);
    if (arrays > 0) {
      EXPECT_LT(relative_norm(optimizer.state().first(count), plain.first()), 1e-6);
    }
    if (arrays > 1) {
      EXPECT_LT(relative_norm(optimizer.state().last(count), plain.second()), 1e-6);
    }
  }
}

TEST(Optimizer, PenalisesWeightsAlone) {
  const std::vector<float> nothing(count);
  for (const auto& spec :
       {OptimizerSpec{.kind = Kind::sgd, .l2 = 0.5F}, OptimizerSpec{.kind = Kind::momentum, .l2 = 0.5F},
        OptimizerSpec{.kind = Kind::nesterov, .l2 = 0.5F}, OptimizerSpec{.kind = Kind::adamw, .l2 = 0.5F},
        OptimizerSpec{.kind = Kind::adamw, .weight_decay = 0.5F}}) {
    Optimizer optimizer(spec, infos, 1);
    std::vector<float> w(count, 2);
    optimizer.step(0, w, nothing, Compute());
    for (std::size_t i = 0; i < count; ++i)
      ASSERT_TRUE(is_weight(i) ? w[i] < 2 : w[i] == 2) << i << " is " << w[i];
  }
}

TEST(Optimizer, ThePenaltyIsHalfL2TimesTheSquaresOfTheWeights) {
  const auto w = start();
  double squares = 0;
  for (std::size_t i = 0; i < count; ++i) squares += is_weight(i) ? static_cast<double>(w[i]) * w[i] : 0;
  const Optimizer optimizer({.l2 = 0.01F}, infos, 1);
  const float penalty = optimizer.penalty(w, Compute(1, Target::scalar));
  EXPECT_NEAR(penalty / (0.01 / 2 * squares), 1, 1e-5);
  for (const auto target : supported_targets())
    for (const std::size_t threads : {1, 3})
      EXPECT_EQ(optimizer.penalty(w, Compute(threads, target)), penalty);
  EXPECT_EQ(Optimizer({.l2 = 0}, infos, 1).penalty(w, Compute()), 0);
}

TEST(Optimizer, ItsStateIsAllThatACheckpointNeeds) {
  for (const auto& spec : specs) {
    std::vector<float> gradients(count);
    for (std::size_t i = 0; i < count; ++i) gradients[i] = gradient_at(i, 0);
    const Compute compute;
    Optimizer whole(spec, infos, 10);
    std::vector<float> w = start();
    for (std::uint64_t step = 0; step < 5; ++step) whole.step(step, w, gradients, compute);
    std::vector<float> resumed_w = w;
    Optimizer resumed(spec, infos, 10);
    std::copy(whole.state().begin(), whole.state().end(), resumed.state().begin());
    for (std::uint64_t step = 5; step < 10; ++step) {
      whole.step(step, w, gradients, compute);
      resumed.step(step, resumed_w, gradients, compute);
    }
    EXPECT_EQ(w, resumed_w);
  }
}

TEST(Optimizer, ThreadsAndTargetsGiveTheSameBits) {
  for (const auto& spec : specs) {
    std::vector<float> expected;
    for (const auto target : supported_targets())
      for (const std::size_t threads : {1, 2, 3, 8}) {
        Optimizer optimizer(spec, infos, 10);
        std::vector<float> w = start();
        const Compute compute(threads, target);
        for (std::uint64_t step = 0; step < 3; ++step) optimizer.step(step, w, start(), compute);
        if (expected.empty()) expected = w;
        ASSERT_EQ(w, expected) << to_string(target) << " " << threads;
      }
  }
}

TEST(Optimizer, TheLearningRateFollowsTheSchedule) {
  const Optimizer optimizer({.learning_rate = 0.2F, .schedule = {.kind = Schedule::Kind::step, .every = 10}},
                            infos, 100);
  EXPECT_EQ(optimizer.learning_rate(0), 0.2F);
  EXPECT_EQ(optimizer.learning_rate(9), 0.2F);
  EXPECT_FLOAT_EQ(optimizer.learning_rate(10), 0.02F);
}

}  // namespace
}  // namespace scrawl
