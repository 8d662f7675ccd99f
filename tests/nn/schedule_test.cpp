#include "scrawl/optimizer.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

namespace scrawl::schedule_test {
namespace {

using Kind = Schedule::Kind;

TEST(Schedule, ConstantIsOne) {
  for (const std::uint64_t step : {0, 1, 99, 1000}) EXPECT_EQ(schedule_factor({}, step, 100), 1);
}

TEST(Schedule, StepFallsAtItsBoundaries) {
  const Schedule schedule = {.kind = Kind::step, .every = 10, .factor = 0.5};
  EXPECT_EQ(schedule_factor(schedule, 0, 100), 1);
  EXPECT_EQ(schedule_factor(schedule, 9, 100), 1);
  EXPECT_EQ(schedule_factor(schedule, 10, 100), 0.5);
  EXPECT_EQ(schedule_factor(schedule, 19, 100), 0.5);
  EXPECT_EQ(schedule_factor(schedule, 20, 100), 0.25);
  EXPECT_EQ(schedule_factor(schedule, 99, 100), std::pow(0.5, 9));
  EXPECT_NEAR(schedule_factor({.kind = Kind::step, .every = 1, .factor = 0.99}, 500, 1000),
              std::pow(0.99, 500), 1e-13);
}

TEST(Schedule, CosineGoesFromOneToTheLastStep) {
  const Schedule schedule = {.kind = Kind::cosine, .final_factor = 0.1};
  EXPECT_EQ(schedule_factor(schedule, 0, 101), 1);
  EXPECT_NEAR(schedule_factor(schedule, 25, 101), 0.1 + 0.9 * (1 + std::cos(std::numbers::pi / 4)) / 2,
              1e-15);
  EXPECT_NEAR(schedule_factor(schedule, 50, 101), 0.55, 1e-15);
  EXPECT_EQ(schedule_factor(schedule, 100, 101), 0.1);
  EXPECT_EQ(schedule_factor(schedule, 5000, 101), 0.1);
  EXPECT_EQ(schedule_factor({.kind = Kind::cosine}, 100, 101), 0);
  for (std::uint64_t step = 1; step <= 100; ++step)
    EXPECT_LT(schedule_factor(schedule, step, 101), schedule_factor(schedule, step - 1, 101));
}

TEST(Schedule, OneCycleClimbsThenFalls) {
  const Schedule schedule = {
      .kind = Kind::one_cycle, .warmup = 0.3, .start_factor = 0.04, .final_factor = 0.001};
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
  EXPECT_NEAR(schedule_factor({.kind = Kind::one_cycle, .warmup = 0}, 0, 11), 1, 1e-15);
  EXPECT_EQ(schedule_factor({.kind = Kind::one_cycle, .warmup = 0}, 10, 11), 0);
  EXPECT_NEAR(schedule_factor({.kind = Kind::one_cycle, .warmup = 1}, 0, 11), 0.04, 1e-15);
  EXPECT_NEAR(schedule_factor({.kind = Kind::one_cycle, .warmup = 1}, 10, 11), 1, 1e-15);
}

// OneCycleLR(max_lr=1, total_steps=11, pct_start=6/11, div_factor=25, final_div_factor=1e4) with SGD of
// PyTorch 1.13. Its warm-up ends at step pct_start * total_steps - 1, ours at warmup * (total_steps - 1).
TEST(Schedule, OneCycleIsPyTorchs) {
  const Schedule schedule = {
      .kind = Kind::one_cycle, .warmup = 0.5, .final_factor = 4e-6, .cycle_momentum = true};
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
  for (const auto kind : {Kind::constant, Kind::step, Kind::cosine, Kind::one_cycle})
    EXPECT_EQ(schedule_momentum({.kind = kind, .cycle_momentum = kind != Kind::one_cycle}, 0.7, 5, 11), 0.7);
  const Schedule own = {.kind = Kind::one_cycle,
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
  for (const auto kind : {Kind::constant, Kind::step, Kind::cosine, Kind::one_cycle})
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
}  // namespace scrawl::schedule_test
