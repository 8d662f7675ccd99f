#pragma once

#include "scrawl/compute.h"

#include <cstddef>

#include <sched.h>

/// The limits of this machine, for comparison with scrawl's figures: the best of many windows of about 100
/// microseconds, so that other load on the machine does not matter.
namespace scrawl::bench {

/// Binds each thread of a pool to its own core, because on a busy machine two threads may share a core for
/// longer than a measurement. At the end only the caller is unbound.
class OwnCores {
 public:
  explicit OwnCores(ThreadPool& pool);
  ~OwnCores();
  OwnCores(const OwnCores&) = delete;
  OwnCores& operator=(const OwnCores&) = delete;

 private:
  cpu_set_t before_ = {};
};

/// Independent float32 multiply-adds of all threads, as 10^9 operations per second (a multiply-add is two).
double fma_gflops(Target target, ThreadPool& pool);

enum class Level { l1, l2, l3, memory };  ///< caches and main memory
constexpr Level levels[] = {Level::l1, Level::l2, Level::l3, Level::memory};
const char* to_string(Level level);

Level level_of(std::size_t bytes);  ///< the smallest level that fits `bytes` per thread

/// Reading by all threads, as 10^9 bytes per second. Allocates the data.
double read_gbs(Level level, Target target, ThreadPool& pool);

/// Microseconds for an empty parallel region with a piece for each thread, right after another.
double fork_join_us(ThreadPool& pool);

double wake_us(ThreadPool& pool);  ///< the same after a pause in which the other threads fell asleep

}  // namespace scrawl::bench
