#include "suite.h"

#include "scrawl/random.h"

#include "bench/machine.h"
#include "bench/shortest.h"

#include <algorithm>
#include <map>
#include <utility>

#include <benchmark/benchmark.h>

namespace scrawl::bench {
namespace {

struct Peak {
  double gflops = 0;
  std::map<Level, double> gbs = {};
};

/// Measured when first asked for, so that listing the benchmarks is quick.
const Peak& peak_of(Target target, std::size_t threads) {
  static std::map<std::pair<Target, std::size_t>, Peak> peaks;
  const auto [at, is_new] = peaks.try_emplace({target, threads});
  if (is_new) {
    ThreadPool& pool = pool_of(threads);
    Peak& peak = at->second;
    for (int round = 0; round < 3; ++round) {
      peak.gflops = std::max(peak.gflops, fma_gflops(target, pool));
      for (const Level level : levels)
        peak.gbs[level] = std::max(peak.gbs[level], read_gbs(level, target, pool));
    }
  }
  return at->second;
}

/// The least time of one call, in seconds, from many windows of about a millisecond.
double time_of(const std::function<void()>& call) {
  call();
  const double once = shortest(3, call);
  const auto calls = static_cast<std::size_t>(std::clamp(1e-3 / once, 1.0, 1e5));
  const double window = shortest(40, [&] {
    for (std::size_t i = 0; i < calls; ++i) {
      call();
      benchmark::ClobberMemory();
    }
  });
  return window / static_cast<double>(calls);
}

void measure(benchmark::State& state, Target target, const Work& work, const Make& make) {
  const OwnCores own_cores(pool_of(work.threads));
  const Peak& peak = peak_of(target, work.threads);
  const auto call = make(kernels::kernels_for(target));
  double seconds = 0;
  for (auto iteration : state) {
    static_cast<void>(iteration);
    seconds = time_of(call);
    state.SetIterationTime(seconds);
  }
  const double gflops = work.flops / seconds * 1e-9;
  const double gbs = work.bytes / seconds * 1e-9;
  if (work.flops > 0) state.counters["GFLOP/s"] = gflops;
  if (work.bytes > 0) state.counters["GB/s"] = gbs;
  const Level level = level_of(static_cast<std::size_t>(work.bytes));
  state.counters["peak"] = work.flops > 0 ? gflops / peak.gflops : gbs / peak.gbs.at(level);
}

}  // namespace

void add(const std::string& name, const Work& work, const Make& make) {
  for (const Target target : supported_targets()) {
    if (target == Target::scalar && work.flops + work.bytes > 2e6) continue;
    benchmark::RegisterBenchmark((name + "/" + std::string(to_string(target))).c_str(),
                                 [=](benchmark::State& state) { measure(state, target, work, make); })
        ->UseManualTime()
        ->Iterations(1)
        ->Unit(benchmark::kMicrosecond);
  }
}

ThreadPool& pool_of(std::size_t threads) {
  static std::map<std::size_t, ThreadPool> pools;
  return pools.try_emplace(threads, threads).first->second;
}

Values numbers(std::size_t count) {
  const RandomKey key{.seed = 1};
  Values values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = 2 * random_uniform(key, static_cast<std::uint32_t>(i)) - 1;
  return values;
}

Values sparse_numbers(std::size_t count, double zeros) {
  const RandomKey key{.seed = 2};
  Values values(count);
  for (std::size_t i = 0; i < count; ++i) {
    const float draw = random_uniform(key, static_cast<std::uint32_t>(i));
    values[i] = draw < zeros ? 0 : draw;
  }
  return values;
}

}  // namespace scrawl::bench
