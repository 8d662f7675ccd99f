#pragma once

#include "scrawl/trainer.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace scrawl::tool {

/// Shows on standard error how far a run is: a bar on a terminal, otherwise a plain line every ten seconds.
class Progress {
 public:
  explicit Progress(bool enabled);
  ~Progress() { clear(); }

  void start(const Trainer& trainer, std::uint64_t first_step);
  void step(const StepInfo& info);
  void record(const Record& record);
  /// For work without images: only how much of it is done, from 0 to 1.
  void show(double share);
  /// Takes the bar away, so that a line can be printed where it was.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  std::string status(const StepInfo& info, double seconds) const;
  bool is_due(Clock::time_point now);
  void draw(double share, const std::string& plain, const std::string& text);

  bool enabled_;
  bool terminal_;
  bool shown_ = false;
  std::uint64_t first_step_ = 0;
  std::size_t batch_ = 1;
  bool has_record_ = false;
  double loss_ = 0;
  double accuracy_ = 0;
  std::string_view accuracy_of_ = "batch";
  Clock::time_point started_;
  Clock::time_point drawn_;
  Clock::time_point looked_;
  int stride_ = 1;
  int steps_left_ = 1;
};

}  // namespace scrawl::tool
