#include "scrawl/compute.h"

#include "kernels/kernels.h"
#include "testing.h"

#include <algorithm>

namespace scrawl::compute_test {
namespace {

using test::EnvironmentGuard;
using test::error_of;
using test::mentions;

TEST(Target, HasNames) {
  EXPECT_EQ(to_string(Target::scalar), "scalar");
  EXPECT_EQ(to_string(Target::avx2), "avx2");
  EXPECT_EQ(to_string(Target::avx3), "avx3");
}

TEST(Target, ScalarIsAlwaysSupportedAndTheFastestComesLast) {
  const auto targets = supported_targets();
  EXPECT_EQ(targets.front(), Target::scalar);
  EXPECT_TRUE(std::is_sorted(targets.begin(), targets.end()));
  EXPECT_EQ(std::adjacent_find(targets.begin(), targets.end()), targets.end());
}

TEST(Target, TheFastestIsTheDefault) {
  for (const auto& value : {std::optional<std::string>(), std::optional<std::string>("")}) {
    const EnvironmentGuard guard("SCRAWL_TARGET", value);
    EXPECT_EQ(default_target(), supported_targets().back());
  }
}

TEST(Target, TheEnvironmentForcesOne) {
  for (const auto target : supported_targets()) {
    const EnvironmentGuard guard("SCRAWL_TARGET", std::string(to_string(target)));
    EXPECT_EQ(default_target(), target);
    const Compute compute;
    EXPECT_EQ(compute.target(), target);
    EXPECT_EQ(&compute.kernels(), &kernels::kernels_for(target));
  }
}

TEST(Target, AnUnknownNameIsAnErrorThatSuggests) {
  const EnvironmentGuard guard("SCRAWL_TARGET", "avx");
  const Error error = error_of([] { default_target(); });
  EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(mentions(error, {"SCRAWL_TARGET", "'avx'", "'avx2'"}));
}

TEST(Target, AnUnsupportedOneIsAnError) {
  const auto supported = supported_targets();
  for (const auto target : {Target::avx2, Target::avx3}) {
    if (std::find(supported.begin(), supported.end(), target) != supported.end()) continue;
    const EnvironmentGuard guard("SCRAWL_TARGET", std::string(to_string(target)));
    EXPECT_EQ(error_of([] { default_target(); }).code(), ErrorCode::unsupported);
    EXPECT_EQ(error_of([&] { Compute(1, target); }).code(), ErrorCode::unsupported);
  }
}

TEST(Compute, EachTargetHasACompleteTable) {
  for (const auto target : supported_targets()) {
    const Compute compute(1, target);
    const auto& table = compute.kernels();
    EXPECT_TRUE(table.gemm && table.column_sums);
    EXPECT_TRUE(table.relu && table.relu_gradient && table.sigmoid && table.sigmoid_gradient && table.tanh &&
                table.tanh_gradient);
    EXPECT_TRUE(table.update_sgd && table.update_momentum && table.update_adamw && table.sum_of_squares);
    EXPECT_TRUE(table.scale_bytes);
  }
}

// Otherwise the comparisons with the reference would compare it with itself.
TEST(Compute, VectorTargetsHaveKernelsOfTheirOwn) {
  const auto& scalar = kernels::kernels_for(Target::scalar);
  for (const auto target : supported_targets()) {
    if (target == Target::scalar) continue;
    const auto& table = kernels::kernels_for(target);
    EXPECT_NE(table.gemm, scalar.gemm);
    EXPECT_NE(table.column_sums, scalar.column_sums);
    EXPECT_NE(table.sigmoid, scalar.sigmoid);
    EXPECT_NE(table.update_sgd, scalar.update_sgd);
    EXPECT_NE(table.scale_bytes, scalar.scale_bytes);
  }
}

TEST(Compute, RunsAsManyThreadsAsAskedFor) {
  for (const std::size_t threads : {1, 2, 3, 8}) EXPECT_EQ(Compute(threads).threads(), threads);
}

TEST(Compute, DoubleIsScalar) {
  const BasicCompute<double> compute(2, supported_targets().back());
  EXPECT_EQ(compute.target(), Target::scalar);
  EXPECT_EQ(compute.threads(), 2U);
  EXPECT_EQ(&compute.kernels(), &kernels::double_kernels());
}

}  // namespace
}  // namespace scrawl::compute_test
