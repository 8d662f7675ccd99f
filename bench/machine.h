#pragma once

#include "scrawl/compute.h"

#include <cstddef>

#include <sched.h>

/// What this machine can do at best, measured: what scrawl's own figures are compared with. Every figure is
/// the best of many windows of some 100 microseconds, so that a machine which is also busy with something
/// else still shows what it can do.
namespace scrawl::bench {

/// Binds each thread of a pool to a core of its own: on a busy machine, the system may leave two threads on
/// one core for longer than a measurement takes. The caller is freed again at the end, the others are not.
class OwnCores {
 public:
  explicit OwnCores(ThreadPool& pool);
  ~OwnCores();
  OwnCores(const OwnCores&) = delete;
  OwnCores& operator=(const OwnCores&) = delete;

 private:
  cpu_set_t before_ = {};
};

/// Multiply-adds of float32 that depend on nothing, as 10^9 operations a second (a multiply-add is two), on
/// all threads of the pool together.
double fma_gflops(Target target, ThreadPool& pool);

/// Where data lie that are read again and again.
enum class Level { l1, l2, l3, memory };
constexpr Level levels[] = {Level::l1, Level::l2, Level::l3, Level::memory};
const char* to_string(Level level);

/// The smallest level that holds so many bytes of one thread.
Level level_of(std::size_t bytes);

/// Reading, as 10^9 bytes a second, on all threads of the pool together. Allocates what it reads.
double read_gbs(Level level, Target target, ThreadPool& pool);

/// Microseconds of an empty parallel region in which each thread has a piece, right after another one.
double fork_join_us(ThreadPool& pool);

/// The same after a pause in which the other threads fell asleep.
double wake_us(ThreadPool& pool);

}  // namespace scrawl::bench
