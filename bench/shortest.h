#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <limits>

namespace scrawl::bench {

/// The shortest time of `windows` calls, in seconds: the speed without disturbance.
template <class F>
double shortest(std::size_t windows, F&& f) {
  using Clock = std::chrono::steady_clock;
  double best = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < windows; ++i) {
    const auto start = Clock::now();
    f();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return best;
}

/// The shortest time of the calls within `limit` seconds.
template <class F>
double shortest_within(double limit, F&& f) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(limit);
  double best = shortest(1, f);
  while (Clock::now() < end) best = std::min(best, shortest(1, f));
  return best;
}

}  // namespace scrawl::bench
