#include "scrawl/compute.h"

#include "testing.h"

#include <atomic>
#include <chrono>
#include <set>

namespace scrawl::threads_test {
namespace {

class ThreadPoolOf : public ::testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Sizes, ThreadPoolOf, ::testing::Values(1, 2, 3, 8));

TEST_P(ThreadPoolOf, RunsEveryPieceOnceAndSeesItsWrites) {
  ThreadPool pool(GetParam());
  ASSERT_EQ(pool.size(), GetParam());
  for (int round = 0; round < 2000; ++round) {
    for (const std::size_t pieces : {std::size_t{0}, std::size_t{1}, pool.size() - 1, pool.size()}) {
      std::vector<int> calls(pool.size());  // not atomic: the pool must order these writes
      pool.run(pieces, [&](std::size_t piece) { ++calls[piece]; });
      for (std::size_t piece = 0; piece < pool.size(); ++piece)
        ASSERT_EQ(calls[piece], piece < pieces ? 1 : 0);
    }
  }
}

TEST_P(ThreadPoolOf, CoversEveryIndexOnceInWholeGrains) {
  ThreadPool pool(GetParam());
  for (const std::size_t grain : {1, 4, 16}) {
    for (std::size_t count = 0; count < 70; ++count) {
      std::vector<int> calls(count);
      std::atomic<bool> aligned = true;
      std::atomic<std::size_t> ranges = 0;
      pool.run_ranges(count, grain, [&](std::size_t begin, std::size_t end) {
        if (begin >= end || begin % grain != 0 || (end % grain != 0 && end != count)) aligned = false;
        ++ranges;
        for (std::size_t i = begin; i < end; ++i) ++calls[i];
      });
      ASSERT_EQ(calls, std::vector<int>(count, 1));
      ASSERT_TRUE(aligned);
      ASSERT_EQ(ranges, std::min(pool.size(), (count + grain - 1) / grain));
    }
  }
}

TEST_P(ThreadPoolOf, PiecesThatWaitForEachOtherRunAtTheSameTime) {
  ThreadPool pool(GetParam());
  std::atomic<std::size_t> arrived = 0;
  std::vector<std::thread::id> ids(pool.size());
  pool.run(pool.size(), [&](std::size_t piece) {
    ids[piece] = std::this_thread::get_id();
    ++arrived;
    while (arrived < pool.size()) std::this_thread::yield();
  });
  EXPECT_EQ(std::set<std::thread::id>(ids.begin(), ids.end()).size(), pool.size());
  EXPECT_EQ(ids[0], std::this_thread::get_id()) << "the caller is a member";
}

TEST(ThreadPool, SleepersWakeUp) {
  ThreadPool pool(3);
  for (int round = 0; round < 5; ++round) {
    std::atomic<int> calls = 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // long enough to stop spinning
    pool.run(3, [&](std::size_t piece) {
      if (piece == 2) std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ++calls;
    });
    EXPECT_EQ(calls, 3);
  }
}

TEST(ThreadPool, ComesAndGoesWithoutWork) {
  for (std::size_t round = 0; round < 100; ++round) ThreadPool pool(round % 5);
  EXPECT_EQ(ThreadPool(0).size(), 1U);
}

}  // namespace
}  // namespace scrawl::threads_test
