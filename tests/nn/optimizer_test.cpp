#include "scrawl/optimizer.h"

#include "nn/nn_testing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include <gtest/gtest.h>

namespace scrawl::optimizer_test {
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
    const double factor = clip_factor(gradients);
    for (std::size_t i = 0; i < count; ++i) {
      const double g = factor * gradients[i] + (is_weight(i) ? spec_.l2 * w[i] : 0);
      if (spec_.kind == Kind::sgd) {
        w[i] -= rate * g;
      } else if (spec_.kind == Kind::adadelta) {
        first_[i] = spec_.rho * first_[i] + (1.0 - spec_.rho) * g * g;
        const double change = std::sqrt(second_[i] + spec_.adadelta_epsilon) /
                              std::sqrt(first_[i] + spec_.adadelta_epsilon) * g;
        second_[i] = spec_.rho * second_[i] + (1.0 - spec_.rho) * change * change;
        w[i] -= rate * change;
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
  double clip_factor(const std::vector<float>& gradients) const {
    double squares = 0;
    for (const double g : gradients) squares += g * g;
    return spec_.clip_norm > 0 ? std::min(1.0, spec_.clip_norm / (std::sqrt(squares) + 1e-6)) : 1;
  }

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
    {.kind = Kind::sgd, .schedule = {.kind = Schedule::Kind::cosine}},
    {.kind = Kind::adadelta, .learning_rate = 1},
    {.kind = Kind::adadelta, .learning_rate = 0.5F, .l2 = 0.1F, .rho = 0.8F, .adadelta_epsilon = 1e-4F},
    // The gradients' norm is about 116.
    {.kind = Kind::sgd, .l2 = 0.1F, .clip_norm = 2},
    {.kind = Kind::momentum, .learning_rate = 0.01F, .l2 = 0.1F, .clip_norm = 100},
    {.kind = Kind::adadelta, .learning_rate = 1, .clip_norm = 1},
    {.kind = Kind::adamw, .learning_rate = 0.02F, .weight_decay = 0.2F, .clip_norm = 500}};

std::size_t state_arrays(Kind kind) {
  return kind == Kind::sgd ? 0 : kind == Kind::adamw || kind == Kind::adadelta ? 2 : 1;
}

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
    const std::size_t arrays = state_arrays(spec.kind);
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
        OptimizerSpec{.kind = Kind::adadelta, .l2 = 0.5F},
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

/// Two parameters, so that other programs' numbers can be written down.
const std::vector<ParameterInfo> two = {{"weight", {1, 1}, 0, ParameterKind::weight},
                                        {"bias", {1}, 1, ParameterKind::bias}};

std::vector<float> two_gradients(std::uint64_t step) {
  const auto i = static_cast<float>(step);
  return {0.3F * (i + 1), 0.2F - 0.1F * i};
}

// torch.optim.Adadelta(rho=0.9, eps=1e-6) of PyTorch 1.13, in double.
TEST(Optimizer, AdadeltaIsPyTorchs) {
  Optimizer optimizer({.kind = Kind::adadelta, .learning_rate = 1}, two, 10);
  std::vector<float> w = {0.5F, -1};
  for (std::uint64_t step = 0; step < 10; ++step) optimizer.step(step, w, two_gradients(step), Compute());
  EXPECT_NEAR(w[0], 0.43193525381237113, 1e-6);
  EXPECT_NEAR(w[1], -0.9695006119863226, 1e-6);
}

// torch.optim.AdamW(betas=(0.9, 0.99), weight_decay=0) with OneCycleLR(total_steps=11, pct_start=6/11) of
// PyTorch 1.13, in double: its pct_start counts a step more.
TEST(Optimizer, AdamwWithACycledMomentumIsPyTorchs) {
  const Schedule schedule = {
      .kind = Schedule::Kind::one_cycle, .warmup = 0.5, .final_factor = 4e-6, .cycle_momentum = true};
  Optimizer optimizer({.kind = Kind::adamw, .learning_rate = 0.1F, .beta2 = 0.99F, .schedule = schedule}, two,
                      11);
  std::vector<float> w = {0.5F, -1};
  const std::vector<std::array<double, 2>> expected = {
      {0.49600000013333334, -1.0039999998},       {0.48404594979144266, -1.015086010313278},
      {0.45414759558728446, -1.0325443191789434}, {0.40271874016893283, -1.0338052668889037},
      {0.3304845090110892, -1.0007448803318368},  {0.24463293910541623, -0.939476801732705},
      {0.15909806401352217, -0.8689551730098053}, {0.08952394940522043, -0.8087018700054586},
      {0.0467435409474184, -0.7712601973261295},  {0.03272828903314091, -0.7590520405772703},
      {0.03272767258093005, -0.7590515059276145}};
  for (std::uint64_t step = 0; step < 11; ++step) {
    optimizer.step(step, w, two_gradients(step), Compute());
    EXPECT_NEAR(w[0], expected[step][0], 2e-6) << step;
    EXPECT_NEAR(w[1], expected[step][1], 2e-6) << step;
  }
}

TEST(Optimizer, TheCycleIsTheMomentumOfThoseThatHaveOne) {
  const Schedule cycle = {.kind = Schedule::Kind::one_cycle, .cycle_momentum = true};
  for (const auto kind : {Kind::momentum, Kind::nesterov, Kind::adamw}) {
    EXPECT_EQ(Optimizer({.kind = kind, .schedule = cycle}, infos, 101).momentum(0), 0.95F);
    EXPECT_FLOAT_EQ(Optimizer({.kind = kind, .schedule = cycle}, infos, 101).momentum(30), 0.85F);
    EXPECT_EQ(
        Optimizer({.kind = kind, .schedule = {.kind = Schedule::Kind::one_cycle}}, infos, 9).momentum(5),
        0.9F);
  }
  EXPECT_EQ(Optimizer({.kind = Kind::momentum, .momentum = 0.5F}, infos, 9).momentum(0), 0.5F);
  EXPECT_EQ(Optimizer({.kind = Kind::adamw, .beta1 = 0.5F}, infos, 9).momentum(0), 0.5F);
  for (const auto kind : {Kind::sgd, Kind::adadelta})
    EXPECT_EQ(Optimizer({.kind = kind, .schedule = cycle}, infos, 9).momentum(0), 0);

  // A step of momentum from a known velocity.
  Optimizer optimizer({.kind = Kind::momentum, .learning_rate = 1, .schedule = cycle}, two, 101);
  std::fill(optimizer.state().begin(), optimizer.state().end(), 1.0F);
  std::vector<float> w = {0, 0};
  optimizer.step(30, w, std::vector<float>{0, 0}, Compute());
  EXPECT_FLOAT_EQ(optimizer.state()[0], 0.85F);
  EXPECT_FLOAT_EQ(w[1], -0.85F);
}

// clip_grad_norm_ of PyTorch 1.13 on (1, -2, 3) and (4, 5).
TEST(Optimizer, ClipsByTheNormOfAllGradients) {
  const std::vector<ParameterInfo> five = {{"weight", {1, 3}, 0, ParameterKind::weight},
                                           {"bias", {2}, 3, ParameterKind::bias}};
  const std::vector<float> gradients = {1, -2, 3, 4, 5};
  const auto step = [&](float clip_norm, const std::vector<float>& g) {
    Optimizer optimizer({.learning_rate = 1, .clip_norm = clip_norm}, five, 1);
    std::vector<float> w(5);
    optimizer.step(0, w, g, Compute());
    return w;
  };
  const auto clipped = step(1, gradients);
  const std::vector<double> expected = {0.13483995431083268, -0.26967990862166535, 0.40451986293249803,
                                        0.5393598172433307, 0.6741997715541634};
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(clipped[i], -expected[i], 1e-7);
  EXPECT_EQ(step(100, gradients), step(0, gradients));
  EXPECT_NE(step(7.4161F, gradients), step(0, gradients));
  EXPECT_EQ(step(7.4163F, gradients), step(0, gradients));  // the norm is 7.41620

  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const float w : step(1, {1, std::numeric_limits<float>::quiet_NaN(), 3, 4, 5}))
    EXPECT_TRUE(std::isnan(w));
  for (const float w : step(1, {1, 2e19F, 3, 4, 5})) EXPECT_EQ(w, 0);
  const auto infinite = step(1, {1, infinity, 3, 4, 5});
  EXPECT_EQ(infinite[0], 0);
  EXPECT_TRUE(std::isnan(infinite[1]));
}

TEST(Optimizer, OnlyPlainSgdIsPlainDescent) {
  EXPECT_TRUE(Optimizer({.kind = Kind::sgd, .l2 = 0.1F}, infos, 1).is_plain_descent());
  EXPECT_FALSE(Optimizer({.kind = Kind::sgd, .clip_norm = 1}, infos, 1).is_plain_descent());
  for (const auto kind : {Kind::momentum, Kind::nesterov, Kind::adamw, Kind::adadelta})
    EXPECT_FALSE(Optimizer({.kind = kind}, infos, 1).is_plain_descent());
}

TEST(Optimizer, TheLearningRateFollowsTheSchedule) {
  const Optimizer optimizer({.learning_rate = 0.2F, .schedule = {.kind = Schedule::Kind::step, .every = 10}},
                            infos, 100);
  EXPECT_EQ(optimizer.learning_rate(0), 0.2F);
  EXPECT_EQ(optimizer.learning_rate(9), 0.2F);
  EXPECT_FLOAT_EQ(optimizer.learning_rate(10), 0.02F);
}

TEST(Schedule, ConstantIsOne) {
  for (const std::uint64_t step : {0, 1, 99, 1000}) EXPECT_EQ(schedule_factor({}, step, 100), 1);
}

TEST(Schedule, StepFallsAtItsBoundaries) {
  const Schedule schedule = {.kind = Schedule::Kind::step, .every = 10, .factor = 0.5};
  EXPECT_EQ(schedule_factor(schedule, 0, 100), 1);
  EXPECT_EQ(schedule_factor(schedule, 9, 100), 1);
  EXPECT_EQ(schedule_factor(schedule, 10, 100), 0.5);
  EXPECT_EQ(schedule_factor(schedule, 19, 100), 0.5);
  EXPECT_EQ(schedule_factor(schedule, 20, 100), 0.25);
  EXPECT_EQ(schedule_factor(schedule, 99, 100), std::pow(0.5, 9));
  EXPECT_NEAR(schedule_factor({.kind = Schedule::Kind::step, .every = 1, .factor = 0.99}, 500, 1000),
              std::pow(0.99, 500), 1e-13);
}

TEST(Schedule, CosineGoesFromOneToTheLastStep) {
  const Schedule schedule = {.kind = Schedule::Kind::cosine, .final_factor = 0.1};
  EXPECT_EQ(schedule_factor(schedule, 0, 101), 1);
  EXPECT_NEAR(schedule_factor(schedule, 25, 101), 0.1 + 0.9 * (1 + std::cos(std::numbers::pi / 4)) / 2,
              1e-15);
  EXPECT_NEAR(schedule_factor(schedule, 50, 101), 0.55, 1e-15);
  EXPECT_EQ(schedule_factor(schedule, 100, 101), 0.1);
  EXPECT_EQ(schedule_factor(schedule, 5000, 101), 0.1);
  EXPECT_EQ(schedule_factor({.kind = Schedule::Kind::cosine}, 100, 101), 0);
  for (std::uint64_t step = 1; step <= 100; ++step)
    EXPECT_LT(schedule_factor(schedule, step, 101), schedule_factor(schedule, step - 1, 101));
}

TEST(Schedule, OneCycleClimbsThenFalls) {
  const Schedule schedule = {
      .kind = Schedule::Kind::one_cycle, .warmup = 0.3, .start_factor = 0.04, .final_factor = 0.001};
  EXPECT_NEAR(schedule_factor(schedule, 0, 101), 0.04, 1e-15);
  EXPECT_NEAR(schedule_factor(schedule, 15, 101), (0.04 + 1) / 2, 1e-15);
  EXPECT_NEAR(schedule_factor(schedule, 30, 101), 1, 1e-15);
  EXPECT_NEAR(schedule_factor(schedule, 65, 101), (1 + 0.001) / 2, 1e-15);
  EXPECT_EQ(schedule_factor(schedule, 100, 101), 0.001);
  for (std::uint64_t step = 1; step <= 100; ++step) {
    const double change = schedule_factor(schedule, step, 101) - schedule_factor(schedule, step - 1, 101);
    EXPECT_TRUE(step <= 30 ? change > 0 : change < 0) << step;
  }
}

TEST(Schedule, OneCycleWithoutOneOfItsHalves) {
  EXPECT_NEAR(schedule_factor({.kind = Schedule::Kind::one_cycle, .warmup = 0}, 0, 11), 1, 1e-15);
  EXPECT_EQ(schedule_factor({.kind = Schedule::Kind::one_cycle, .warmup = 0}, 10, 11), 0);
  EXPECT_NEAR(schedule_factor({.kind = Schedule::Kind::one_cycle, .warmup = 1}, 0, 11), 0.04, 1e-15);
  EXPECT_NEAR(schedule_factor({.kind = Schedule::Kind::one_cycle, .warmup = 1}, 10, 11), 1, 1e-15);
}

// OneCycleLR(max_lr=1, total_steps=11, pct_start=6/11, div_factor=25, final_div_factor=1e4) with SGD of
// PyTorch 1.13. Its warm-up ends at step pct_start * total_steps - 1, ours at warmup * (total_steps - 1).
TEST(Schedule, OneCycleIsPyTorchs) {
  const Schedule schedule = {
      .kind = Schedule::Kind::one_cycle, .warmup = 0.5, .final_factor = 4e-6, .cycle_momentum = true};
  const double rates[] = {0.04,       0.13167184, 0.37167184, 0.66832816, 0.90832816, 1,
                          0.90450888, 0.65450988, 0.34549412, 0.09549512, 4e-06};
  const double momenta[] = {0.95,         0.9404508497, 0.9154508497, 0.8845491503, 0.8595491503, 0.85,
                            0.8595491503, 0.8845491503, 0.9154508497, 0.9404508497, 0.95};
  for (std::uint64_t step = 0; step < 11; ++step) {
    EXPECT_NEAR(schedule_factor(schedule, step, 11), rates[step], 1e-8) << step;
    EXPECT_NEAR(schedule_momentum(schedule, 0.9, step, 11), momenta[step], 1e-10) << step;
  }
}

TEST(Schedule, OnlyOneCycleChangesTheMomentumAndOnlyIfAsked) {
  for (const auto kind :
       {Schedule::Kind::constant, Schedule::Kind::step, Schedule::Kind::cosine, Schedule::Kind::one_cycle})
    EXPECT_EQ(
        schedule_momentum({.kind = kind, .cycle_momentum = kind != Schedule::Kind::one_cycle}, 0.7, 5, 11),
        0.7);
  const Schedule own = {.kind = Schedule::Kind::one_cycle,
                        .warmup = 0.3,
                        .cycle_momentum = true,
                        .low_momentum = 0.5,
                        .high_momentum = 0.99};
  EXPECT_EQ(schedule_momentum(own, 0.7, 0, 101), 0.99);
  EXPECT_NEAR(schedule_momentum(own, 0.7, 15, 101), (0.5 + 0.99) / 2, 1e-15);
  EXPECT_NEAR(schedule_momentum(own, 0.7, 30, 101), 0.5, 1e-15);
  EXPECT_NEAR(schedule_momentum(own, 0.7, 65, 101), (0.5 + 0.99) / 2, 1e-15);
  EXPECT_EQ(schedule_momentum(own, 0.7, 100, 101), 0.99);
}

TEST(Schedule, ShortRunsStayFinite) {
  for (const auto kind :
       {Schedule::Kind::constant, Schedule::Kind::step, Schedule::Kind::cosine, Schedule::Kind::one_cycle})
    for (const std::uint64_t total : {0, 1, 2})
      for (const std::uint64_t step : {0, 1, 5}) {
        const double factor = schedule_factor({.kind = kind, .every = 0}, step, total);
        EXPECT_TRUE(factor >= 0 && factor <= 1) << factor;
        const double momentum =
            schedule_momentum({.kind = kind, .every = 0, .cycle_momentum = true}, 0.9, step, total);
        EXPECT_TRUE(momentum >= 0.85 && momentum <= 0.95) << momentum;
      }
}

}  // namespace
}  // namespace scrawl::optimizer_test
