#include "scrawl/optimizer.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

namespace scrawl {
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

TEST(Schedule, ShortRunsStayFinite) {
  for (const auto kind : {Kind::constant, Kind::step, Kind::cosine, Kind::one_cycle})
    for (const std::uint64_t total : {0, 1, 2})
      for (const std::uint64_t step : {0, 1, 5}) {
        const double factor = schedule_factor({.kind = kind, .every = 0}, step, total);
        EXPECT_TRUE(factor >= 0 && factor <= 1) << factor;
      }
}

}  // namespace
}  // namespace scrawl
