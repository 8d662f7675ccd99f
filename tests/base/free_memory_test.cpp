#include "base/free_memory.h"

#include "testing.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace scrawl::free_memory_test {
namespace {

using test::error_of;
using test::mentions;

TEST(FreeMemory, IsKnownAndSensible) {
  const auto left = free_memory();
  ASSERT_TRUE(left);
  EXPECT_GT(*left, std::uint64_t{1} << 20);
  EXPECT_LT(*left, std::uint64_t{1} << 50);
}

TEST(FreeMemory, WhatCannotBeIsRefusedWithTheRemedy) {
  const Error error = error_of([] { require_memory(24e15, "training", "choose a smaller batch"); });
  EXPECT_EQ(error.code(), ErrorCode::io);
  EXPECT_TRUE(mentions(
      error, {"training needs 24,000,000.0 GB of memory, and ", " are free; choose a smaller batch"}));
  EXPECT_EQ(error_of([] { require_memory(1e30, "x", "y", "a.csv"); }).file(), "a.csv");
  EXPECT_NO_THROW(require_memory(1e6, "x", "y"));
  EXPECT_NO_THROW(require_memory(100e6, "x", "y"));
}

TEST(FreeMemory, CountsTheLimitOfTheProcess) {
#ifdef SCRAWL_SANITIZED
  GTEST_SKIP() << "sanitizers take more address space than the limit";
#endif
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit limit{.rlim_cur = std::uint64_t{3} << 30, .rlim_max = std::uint64_t{3} << 30};
    ::setrlimit(RLIMIT_AS, &limit);
    const auto left = free_memory();
    const bool sensible = left && limit.rlim_cur / 100 < *left && *left < limit.rlim_cur;
    ::_exit(sensible ? 0 : 1);
  }
  int status = 1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace scrawl::free_memory_test
