#pragma once

#include "scrawl/trainer.h"

#include <chrono>

namespace scrawl {

/// Measures laps, to tell steps, evaluations and everything else apart.
struct Trainer::Watch {
  std::chrono::steady_clock::time_point last = std::chrono::steady_clock::now();

  double lap() {
    const auto now = std::chrono::steady_clock::now();
    const double seconds = std::chrono::duration<double>(now - last).count();
    last = now;
    return seconds;
  }
};

}  // namespace scrawl
