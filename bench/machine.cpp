#include "bench/machine.h"

#include "scrawl/arrays.h"

#include "bench/machine_loops.h"
#include "bench/shortest.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <thread>
#include <vector>

#include <unistd.h>

namespace scrawl::bench {
namespace {

constexpr double time_limit = 0.05;  // seconds for each figure

// Keeps the compiler from removing the work.
void keep(double value) {
  volatile double sink = value;
  static_cast<void>(sink);
}

// Other instruction sets run the scalar code.
float scalar_multiply_add(std::size_t rounds) {
  float chain[kMultiplyAdds] = {};
  for (std::size_t round = 0; round < rounds; ++round)
    for (float& value : chain) value = std::fma(value, 0.5F, 1.0F);
  float sum = 0;
  for (const float value : chain) sum += value;
  return sum;
}

unsigned scalar_read(const void* data, std::size_t bytes) {
  const auto* values = static_cast<const std::uint64_t*>(data);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < bytes / sizeof(std::uint64_t); ++i) seen ^= values[i];
  return static_cast<unsigned>(seen);
}

Loops loops_for(Target target) {
#if defined(__x86_64__)
  if (target == Target::avx2) return N_AVX2::loops();
  if (target == Target::avx3) return N_AVX3::loops();
#endif
  static_cast<void>(target);
  return {.multiply_add = scalar_multiply_add, .read = scalar_read, .lanes = 1};
}

std::size_t cache_size(int name, std::size_t fallback) {
  const long size = sysconf(name);
  return size > 0 ? static_cast<std::size_t>(size) : fallback;
}

/// The bytes that one thread reads: half of a private cache; for the shared third level, whose size virtual
/// machines often report wrongly, clearly more than the second.
std::size_t bytes_of(Level level) {
  constexpr std::size_t kib = 1024;
  switch (level) {
    case Level::l1: return cache_size(_SC_LEVEL1_DCACHE_SIZE, 32 * kib) / 2;
    case Level::l2: return cache_size(_SC_LEVEL2_CACHE_SIZE, 512 * kib) / 2;
    case Level::l3:
      return std::min<std::size_t>(4 * cache_size(_SC_LEVEL2_CACHE_SIZE, 512 * kib), 8192 * kib);
    case Level::memory: break;
  }
  return 96 * kib * kib;
}

constexpr std::size_t window_bytes(Level level) { return level >= Level::l3 ? 4U << 20U : 8U << 20U; }

/// A parallel region in which every thread takes its own piece. Each waits for the others; otherwise the
/// caller would take over pieces before they start.
template <class Task>
void meet(ThreadPool& pool, std::atomic<std::size_t>& begun, const Task& task) {
  begun.store(0);
  pool.run(pool.size(), [&](std::size_t piece) {
    begun.fetch_add(1);
    while (begun.load() < pool.size())
      ;
    task(piece);
  });
}

constexpr auto nothing = [](std::size_t) {};

}  // namespace

const char* to_string(Level level) {
  constexpr const char* names[] = {"L1", "L2", "L3", "memory"};
  return names[static_cast<std::size_t>(level)];
}

Level level_of(std::size_t bytes) {
  if (bytes <= 2 * bytes_of(Level::l1)) return Level::l1;
  if (bytes <= 2 * bytes_of(Level::l2)) return Level::l2;
  return bytes <= 2 * bytes_of(Level::l3) ? Level::l3 : Level::memory;
}

double fma_gflops(Target target, ThreadPool& pool) {
  const Loops loops = loops_for(target);
  const std::size_t rounds = target == Target::scalar ? 10'000 : 100'000;
  std::vector<float> results(pool.size());
  const double time = shortest_within(time_limit, [&] {
    pool.run(pool.size(), [&](std::size_t piece) { results[piece] = loops.multiply_add(rounds); });
  });
  keep(results[0]);
  const auto operations = static_cast<double>(2 * rounds * kMultiplyAdds * loops.lanes * pool.size());
  return operations / time * 1e-9;
}

double read_gbs(Level level, Target target, ThreadPool& pool) {
  const Loops loops = loops_for(target);
  const std::size_t size = bytes_of(level) / 1024 * 1024;
  // In a window, a thread reads its whole cache repeatedly, or the next part of its memory.
  const std::size_t part = std::min(size, window_bytes(level));
  const std::size_t times = window_bytes(level) / part;
  std::vector<AlignedVector<char>> data(pool.size());
  for (auto& own : data) own.resize(size, 1);
  std::vector<unsigned> results(pool.size());
  std::size_t begin = 0;
  const double time = shortest_within(time_limit, [&] {
    pool.run(pool.size(), [&](std::size_t piece) {
      unsigned seen = 0;
      for (std::size_t i = 0; i < times; ++i) seen += loops.read(data[piece].data() + begin, part);
      results[piece] = seen;
    });
    begin = begin + 2 * part <= size ? begin + part : 0;
  });
  keep(results[0]);
  return static_cast<double>(part * times * pool.size()) / time * 1e-9;
}

OwnCores::OwnCores(ThreadPool& pool) {
  sched_getaffinity(0, sizeof(before_), &before_);
  std::vector<int> cores;
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &before_)) cores.push_back(core);
  std::atomic<std::size_t> begun{0};
  meet(pool, begun, [&](std::size_t piece) {
    cpu_set_t own;
    CPU_ZERO(&own);
    CPU_SET(cores[piece % cores.size()], &own);
    sched_setaffinity(0, sizeof(own), &own);
  });
}

OwnCores::~OwnCores() { sched_setaffinity(0, sizeof(before_), &before_); }

double fork_join_us(ThreadPool& pool) {
  constexpr int regions = 100;
  std::atomic<std::size_t> begun{0};
  const double time = shortest_within(time_limit, [&] {
    for (int i = 0; i < regions; ++i) meet(pool, begun, nothing);
  });
  return time / regions * 1e6;
}

double wake_us(ThreadPool& pool) {
  std::atomic<std::size_t> begun{0};
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    best = std::min(best, shortest(1, [&] { meet(pool, begun, nothing); }));
  }
  return best * 1e6;
}

}  // namespace scrawl::bench
